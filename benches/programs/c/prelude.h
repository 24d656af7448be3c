// What every C program here needs: fixed widths, one export, and numbers that look random and are the same everywhere.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

#define EXPORT(name) __attribute__((export_name(name), used))
#define NOINLINE __attribute__((noinline))

// xorshift: the next of a row of numbers.
static inline u32 next(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

// Adds a value to a checksum in which order counts.
static inline u32 mix(u32 sum, u32 value) { return (sum ^ value) * 0x01000193u + (sum >> 15); }
