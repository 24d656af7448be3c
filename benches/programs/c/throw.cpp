// Exceptions: thrown one, five and fifty frames deep, caught, partly thrown on, and not thrown at all.
#include "prelude.h"

// The least that the compiler's code calls. There is one exception at a time, and it is a number.
extern "C" {
static u32 thrown;
void *__cxa_begin_catch(void *p) noexcept { return p; }
void __cxa_end_catch() {}
[[noreturn]] void __cxa_rethrow() { __builtin_wasm_throw(0, &thrown); }
int __gxx_wasm_personality_v0(...) { return 0; }
[[noreturn]] void _ZSt9terminatev() { __builtin_trap(); }
}

static NOINLINE u32 fail(u32 with) {
  thrown = with;
  __builtin_wasm_throw(0, &thrown);
}

static NOINLINE u32 deep(u32 depth, u32 x) { return depth ? deep(depth - 1, x * 3 + 1) + 1 : x & 3 ? x : fail(x); }

// Cleans up on the way out, as a destructor does.
struct Guard {
  u32 &count;
  ~Guard() { count++; }
};

static NOINLINE u32 passes(u32 x, u32 &cleaned) {
  Guard guard{cleaned};
  return deep(x & 7, x) + 1;
}

static NOINLINE u32 caught(u32 depth, u32 x) {
  try {
    return deep(depth, x);
  } catch (...) {
    return thrown ^ depth;
  }
}

static NOINLINE u32 again(u32 x, u32 &cleaned) {
  try {
    return passes(x, cleaned);
  } catch (...) {
    if (thrown & 16) throw;
    return thrown + 7;
  }
}

EXPORT("run") extern "C" i32 run(i32 n) {
  u32 sum = 0, cleaned = 0;
  for (i32 i = 0; i < n; i++) {
    for (u32 k = 0; k < 2000; k++) {
      sum = mix(sum, caught(0, k));
      sum = mix(sum, caught(4, k));
      try {
        sum = mix(sum, again(k, cleaned));
      } catch (...) {
        sum = mix(sum, thrown);
      }
    }
    for (u32 k = 0; k < 200; k++) sum = mix(sum, caught(49, k));
  }
  return mix(sum, cleaned);
}
