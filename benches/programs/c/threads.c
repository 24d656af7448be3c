// What threads share, by one that has it to itself: a queue of many ends, a stack of free nodes, a lock around a table,
// counters and a maximum, a record that is read without a lock, a bell.
#include "prelude.h"

#define ENDS 256
#define NODES 512
#define KEYS 128
#define LOAD(at) __atomic_load_n(at, __ATOMIC_SEQ_CST)
#define STORE(at, value) __atomic_store_n(at, value, __ATOMIC_SEQ_CST)
#define ADD(at, value) __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST)
#define SWAP(at, from, to) __atomic_compare_exchange_n(at, from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

static struct { u32 turn, value; } cells[ENDS];
static u32 tail, front;

static NOINLINE u32 send(u32 value) {
  for (u32 at = LOAD(&tail);;) {
    u32 turn = LOAD(&cells[at % ENDS].turn);
    if (turn == at) {
      if (!SWAP(&tail, &at, at + 1)) continue;
      cells[at % ENDS].value = value;
      STORE(&cells[at % ENDS].turn, at + 1);
      return 1;
    }
    if ((i32)(turn - at) < 0) return 0;
    at = LOAD(&tail);
  }
}

static NOINLINE u32 receive(u32 *value) {
  for (u32 at = LOAD(&front);;) {
    u32 turn = LOAD(&cells[at % ENDS].turn);
    if (turn == at + 1) {
      if (!SWAP(&front, &at, at + 1)) continue;
      *value = cells[at % ENDS].value;
      STORE(&cells[at % ENDS].turn, at + ENDS);
      return 1;
    }
    if ((i32)(turn - at - 1) < 0) return 0;
    at = LOAD(&front);
  }
}

// The top of the stack, and how often it has changed.
static u64 top;
static u32 below[NODES + 1];

static NOINLINE u32 take(void) {
  u64 old = LOAD(&top);
  for (;;) {
    u32 node = (u32)old;
    if (!node || SWAP(&top, &old, ((old >> 32) + 1) << 32 | LOAD(&below[node]))) return node;
  }
}

static NOINLINE void give(u32 node) {
  u64 old = LOAD(&top);
  do STORE(&below[node], (u32)old);
  while (!SWAP(&top, &old, ((old >> 32) + 1) << 32 | node));
}

static u32 lock, bell, version;
static struct { u32 key, count; } table[KEYS];
static u32 counters[64], greatest, record[4];

static NOINLINE u32 count(u32 key) {
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_SEQ_CST))
    while (LOAD(&lock)) __builtin_wasm_memory_atomic_wait32((int *)&lock, 1, 1000);
  u32 at = key * 2654435761u >> 25;
  while (table[at].count && table[at].key != key) at = (at + 1) % KEYS;
  table[at].key = key;
  u32 count = ++table[at].count;
  STORE(&lock, 0);
  __builtin_wasm_memory_atomic_notify((int *)&lock, 1);
  return count;
}

static NOINLINE void publish(u32 value) {
  ADD(&version, 1);
  for (u32 i = 0; i < 4; i++) __atomic_store_n(&record[i], value * (i + 1), __ATOMIC_RELAXED);
  ADD(&version, 1);
  u32 seen = LOAD(&greatest);
  while (seen < value && !SWAP(&greatest, &seen, value)) {}
}

static NOINLINE u32 look(void) {
  for (;;) {
    u32 before = LOAD(&version), sum = 0;
    for (u32 i = 0; i < 4; i++) sum += __atomic_load_n(&record[i], __ATOMIC_RELAXED);
    if (!(before & 1) && LOAD(&version) == before) return sum;
  }
}

static u32 round(u32 *state) {
  u32 sum = 0, value = 0;
  for (u32 k = 0; k < 200; k++) {
    u32 node = take();
    if (!node || !send(next(state) << 9 | node)) __builtin_trap();
    publish(*state);
    if (k & 1) sum += look();
  }
  __builtin_wasm_memory_atomic_notify((int *)&bell, ~0u);
  while (receive(&value)) {
    give(value % NODES ? value % NODES : NODES);
    sum = mix(sum, count(value >> 9 & 63));
    ADD(&counters[value >> 26], 1);
    __atomic_fetch_xor(&counters[value >> 20 & 63], 1, __ATOMIC_SEQ_CST);
  }
  // Nobody has rung: it is not waited for.
  return sum + __builtin_wasm_memory_atomic_wait32((int *)&bell, 1, -1) + LOAD(&greatest);
}

EXPORT("run") i32 run(i32 n) {
  u32 state = 88675123, sum = 0;
  for (u32 i = 0; i < ENDS; i++) cells[i].turn = i;
  tail = front = top = lock = greatest = 0;
  for (u32 i = 0; i < KEYS; i++) table[i].key = table[i].count = 0;
  for (u32 i = 0; i < 64; i++) counters[i] = 0;
  for (u32 i = 1; i <= NODES; i++) give(i);
  for (i32 i = 0; i < n * 50; i++) sum = mix(sum, round(&state));
  for (u32 i = 0; i < 64; i++) sum = mix(sum, counters[i]);
  return sum;
}
