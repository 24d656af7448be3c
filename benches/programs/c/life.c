// Memory and integers: Conway's game on a torus, byte by byte, and a blur over a picture of 16-bit points.
#include "prelude.h"

#define WIDTH 128
#define HEIGHT 96
static u8 now[HEIGHT][WIDTH], then[HEIGHT][WIDTH];
static u16 picture[HEIGHT][WIDTH], soft[HEIGHT][WIDTH];

static NOINLINE void step(void) {
  for (u32 y = 0; y < HEIGHT; y++) {
    const u8 *up = now[(y + HEIGHT - 1) % HEIGHT], *own = now[y], *down = now[(y + 1) % HEIGHT];
    for (u32 x = 0; x < WIDTH; x++) {
      u32 l = (x + WIDTH - 1) % WIDTH, r = (x + 1) % WIDTH;
      u32 around = up[l] + up[x] + up[r] + own[l] + own[r] + down[l] + down[x] + down[r];
      then[y][x] = around == 3 || (around == 2 && own[x]);
    }
  }
  __builtin_memcpy(now, then, sizeof now);
}

static NOINLINE u32 blur(void) {
  u32 sum = 0;
  for (u32 y = 1; y + 1 < HEIGHT; y++)
    for (u32 x = 1; x + 1 < WIDTH; x++) {
      u32 cross = picture[y - 1][x] + picture[y + 1][x] + picture[y][x - 1] + picture[y][x + 1];
      soft[y][x] = (cross + 4 * picture[y][x]) >> 3;
      sum += soft[y][x];
    }
  __builtin_memcpy(picture, soft, sizeof picture);
  return sum;
}

EXPORT("run") i32 run(i32 n) {
  u32 state = 362436069, sum = 0;
  for (u32 y = 0; y < HEIGHT; y++)
    for (u32 x = 0; x < WIDTH; x++) now[y][x] = next(&state) >> 31, picture[y][x] = next(&state) >> 18;
  for (i32 i = 0; i < n; i++) {
    for (u32 k = 0; k < 4; k++) step();
    sum = mix(sum, blur());
    for (u32 y = 0; y < HEIGHT; y++)
      for (u32 x = 0; x < WIDTH; x++) sum += now[y][x] << (x & 7);
  }
  return sum;
}
