// Compression: matches are found by chains over a hash of three bytes, written as bits, and read back.
#include "prelude.h"

#define SIZE 32768
#define HASHES 4096
static u8 text[SIZE], packed[SIZE * 2], back[SIZE];
static i32 head[HASHES], chain[SIZE];
static u32 at, hold, held;

static void put(u32 value, u32 bits) {
  hold |= value << held, held += bits;
  while (held >= 8) packed[at++] = hold, hold >>= 8, held -= 8;
}

static u32 get(u32 bits) {
  while (held < bits) hold |= (u32)packed[at++] << held, held += 8;
  u32 value = hold & ((1u << bits) - 1);
  hold >>= bits, held -= bits;
  return value;
}

static u32 hash(u32 i) { return ((text[i] | text[i + 1] << 8 | text[i + 2] << 16) * 2654435761u) >> 20; }

static NOINLINE u32 match(u32 i, u32 *distance) {
  u32 best = 0, tries = 16;
  for (i32 j = head[hash(i)]; j >= 0 && tries--; j = chain[j]) {
    u32 length = 0;
    while (length < 66 && i + length < SIZE && text[j + length] == text[i + length]) length++;
    if (length > best) best = length, *distance = i - j;
  }
  return best;
}

static NOINLINE u32 pack(void) {
  at = hold = held = 0;
  for (u32 i = 0; i < HASHES; i++) head[i] = -1;
  for (u32 i = 0; i < SIZE;) {
    u32 distance = 0, length = i + 2 < SIZE ? match(i, &distance) : 0, step = 1;
    if (length >= 3) {
      put(1, 1), put(length - 3, 6), put(distance - 1, 15);
      step = length;
    } else {
      put(text[i] << 1, 9);
    }
    for (; step--; i++)
      if (i + 2 < SIZE) chain[i] = head[hash(i)], head[hash(i)] = i;
  }
  put(0, 7);
  return at;
}

static NOINLINE void unpack(void) {
  at = hold = held = 0;
  for (u32 i = 0; i < SIZE;) {
    if (!get(1)) {
      back[i++] = get(8);
      continue;
    }
    u32 length = get(6) + 3, distance = get(15) + 1;
    for (; length--; i++) back[i] = back[i - distance];
  }
}

EXPORT("run") i32 run(i32 n) {
  static const char *const WORDS[8] = {"river ", "of ", "the ", "coracle ", "paddle\n", "stone ", "and ", "willow "};
  u32 state = 521288629, sum = 0;
  for (i32 i = 0; i < n; i++) {
    for (u32 k = 0; k < SIZE;) {
      u32 r = next(&state);
      for (const char *word = WORDS[r & 7]; *word && k < SIZE;) text[k++] = *word++;
      if ((r >> 8 & 15) == 0 && k < SIZE) text[k++] = r >> 16;
    }
    sum = mix(sum, pack());
    unpack();
    for (u32 k = 0; k < SIZE; k++) {
      if (back[k] != text[k]) __builtin_trap();
      sum += back[k];
    }
  }
  return sum;
}
