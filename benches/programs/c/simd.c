// 128-bit vectors: bytes (brightness with saturation), 16-bit products, f32 dot products, shuffles and selections.
#include "prelude.h"
#include <wasm_simd128.h>

#define SIZE 16384
static u8 points[SIZE];
static short left[SIZE / 2], right[SIZE / 2];
static float a[SIZE / 4], b[SIZE / 4];

static NOINLINE u32 brighten(u8 by) {
  v128_t sum = wasm_i32x4_splat(0), add = wasm_u8x16_splat(by), dark = wasm_u8x16_splat(96);
  for (u32 i = 0; i < SIZE; i += 16) {
    v128_t v = wasm_v128_load(points + i);
    v128_t more = wasm_u8x16_add_sat(v, add), less = wasm_u8x16_sub_sat(v, add);
    v = wasm_v128_bitselect(more, less, wasm_u8x16_lt(v, dark));
    v = wasm_i8x16_shuffle(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    wasm_v128_store(points + i, v);
    sum = wasm_i32x4_add(sum, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(v)));
  }
  return wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) * 3 + wasm_i32x4_extract_lane(sum, 2) * 5 +
         wasm_i32x4_extract_lane(sum, 3) * 7;
}

static NOINLINE u32 products(void) {
  v128_t sum = wasm_i32x4_splat(0);
  for (u32 i = 0; i < SIZE / 2; i += 8)
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_v128_load(left + i), wasm_v128_load(right + i)));
  return wasm_i32x4_extract_lane(sum, 0) ^ wasm_i32x4_extract_lane(sum, 2);
}

static NOINLINE float dot(void) {
  v128_t sum = wasm_f32x4_splat(0), one = wasm_f32x4_splat(1);
  for (u32 i = 0; i < SIZE / 4; i += 4) {
    v128_t x = wasm_v128_load(a + i), y = wasm_v128_load(b + i);
    sum = wasm_f32x4_add(sum, wasm_f32x4_mul(x, y));
    wasm_v128_store(a + i, wasm_f32x4_min(wasm_f32x4_sqrt(wasm_f32x4_add(wasm_f32x4_mul(x, x), one)), y));
  }
  return wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 3);
}

EXPORT("run") i32 run(i32 n) {
  u32 state = 123456789, sum = 0;
  for (u32 i = 0; i < SIZE; i++) points[i] = next(&state);
  for (u32 i = 0; i < SIZE / 2; i++) left[i] = next(&state), right[i] = next(&state) >> 4;
  for (u32 i = 0; i < SIZE / 4; i++) a[i] = next(&state) & 15, b[i] = 1 + (next(&state) & 7);
  for (i32 i = 0; i < n; i++)
    for (u32 k = 0; k < 8; k++) {
      sum = mix(sum, brighten(k + 3));
      sum = mix(sum, products());
      sum = mix(sum, (u32)dot());
    }
  return sum;
}
