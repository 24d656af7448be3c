// Direct calls: deep recursion (tak), mutual recursion over two functions, and a chain of small leaves.
#include "prelude.h"

static NOINLINE i32 tak(i32 x, i32 y, i32 z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

// Hofstadter's two sequences, each by the other.
static NOINLINE i32 male(i32 n);
static NOINLINE i32 female(i32 n) { return n == 0 ? 1 : n - male(female(n - 1)); }
static NOINLINE i32 male(i32 n) { return n == 0 ? 0 : n - female(male(n - 1)); }

static NOINLINE u32 rotate(u32 x, u32 by) { return x << (by & 31) | x >> (-by & 31); }
static NOINLINE u32 leaf(u32 x) { return rotate(x, x & 7) + 1; }
static NOINLINE u32 stem(u32 x, u32 y) { return leaf(x) ^ leaf(y); }

EXPORT("run") i32 run(i32 n) {
  u32 sum = 0;
  for (i32 i = 0; i < n; i++) {
    sum = mix(sum, tak(14, 9 + (i & 1), 4));
    sum = mix(sum, female(40) + male(38));
    for (u32 k = 0; k < 20000; k++) sum += stem(sum, k);
  }
  return sum;
}
