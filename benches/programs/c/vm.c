// A small interpreter: a loop over a switch runs a program of its own that counts Collatz steps and sifts primes.
#include "prelude.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, AND, SHR, LESS, JUMP, JUMP_IF, READ, WRITE, STOP };

typedef struct {
  u8 op;
  i32 arg;
} Code;

enum { SUM, N, STEPS, I, J };

static const Code CODE[] = {
    [0] = {PUSH, 1}, {STORE, N},
    // For n = 1 … 60: the steps from n to 1.
    [2] = {PUSH, 0}, {STORE, STEPS}, {LOAD, N}, {STORE, I},
    [6] = {PUSH, 1}, {LOAD, I}, {LESS, 0}, {JUMP_IF, 16}, {JUMP, 44},
    [16] = {LOAD, I}, {PUSH, 1}, {AND, 0}, {JUMP_IF, 30}, {LOAD, I}, {PUSH, 1}, {SHR, 0}, {STORE, I}, {JUMP, 36},
    [30] = {LOAD, I}, {PUSH, 3}, {MUL, 0}, {PUSH, 1}, {ADD, 0}, {STORE, I},
    [36] = {LOAD, STEPS}, {PUSH, 1}, {ADD, 0}, {STORE, STEPS}, {JUMP, 6},
    [44] = {LOAD, SUM}, {PUSH, 31}, {MUL, 0}, {LOAD, STEPS}, {ADD, 0}, {STORE, SUM},
    [50] = {LOAD, N}, {PUSH, 1}, {ADD, 0}, {STORE, N}, {LOAD, N}, {PUSH, 61}, {LESS, 0}, {JUMP_IF, 2},
    // The primes below 1000: those that are not crossed out.
    [58] = {PUSH, 2}, {STORE, I},
    [60] = {LOAD, I}, {READ, 0}, {JUMP_IF, 80}, {LOAD, SUM}, {LOAD, I}, {ADD, 0}, {STORE, SUM}, {LOAD, I}, {STORE, J},
    [69] = {LOAD, J}, {LOAD, I}, {ADD, 0}, {STORE, J}, {LOAD, J}, {PUSH, 1000}, {LESS, 0}, {JUMP_IF, 90}, {JUMP, 80},
    [80] = {LOAD, I}, {PUSH, 1}, {ADD, 0}, {STORE, I}, {LOAD, I}, {PUSH, 1000}, {LESS, 0}, {JUMP_IF, 60}, {STOP, 0},
    [90] = {LOAD, J}, {WRITE, 1}, {JUMP, 69},
};

static u8 cells[1024];

static NOINLINE u32 interpret(u32 sum) {
  i32 locals[5] = {(i32)sum, 0, 0, 0, 0}, stack[16];
  u32 top = 0, at = 0;
  for (;;) {
    Code code = CODE[at++];
    switch (code.op) {
      case PUSH: stack[top++] = code.arg; break;
      case LOAD: stack[top++] = locals[code.arg]; break;
      case STORE: locals[code.arg] = stack[--top]; break;
      case ADD: top--, stack[top - 1] += stack[top]; break;
      case SUB: top--, stack[top - 1] -= stack[top]; break;
      case MUL: top--, stack[top - 1] *= stack[top]; break;
      case AND: top--, stack[top - 1] &= stack[top]; break;
      case SHR: top--, stack[top - 1] >>= stack[top] & 31; break;
      case LESS: top--, stack[top - 1] = stack[top - 1] < stack[top]; break;
      case JUMP: at = code.arg; break;
      case JUMP_IF: if (stack[--top]) at = code.arg; break;
      case READ: stack[top - 1] = cells[stack[top - 1] & 1023]; break;
      case WRITE: cells[stack[--top] & 1023] = code.arg; break;
      case STOP: return locals[0];
    }
  }
}

EXPORT("run") i32 run(i32 n) {
  u32 sum = 0;
  for (i32 i = 0; i < n; i++) {
    for (u32 k = 0; k < sizeof cells; k++) cells[k] = 0;
    sum = mix(sum, interpret(i));
  }
  return sum;
}
