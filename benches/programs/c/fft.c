// Float kernels: a Fourier transform there and back (f64), a filter with feedback (f32), and roots by Newton's method.
#include "prelude.h"

#define SIZE 2048
static double re[SIZE], im[SIZE];
static float wave[SIZE];

// The sine and cosine of 2π / SIZE; all other angles come from them by rotation.
#define SINE 0.003067956762965976
#define COSINE 0.9999952938095762

static void swap(double *a, double *b) {
  double t = *a;
  *a = *b, *b = t;
}

static NOINLINE void transform(int back) {
  for (u32 i = 1, j = 0; i < SIZE; i++) {
    u32 bit = SIZE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) swap(&re[i], &re[j]), swap(&im[i], &im[j]);
  }
  // Squaring the smallest rotation gives those of the larger steps.
  double cosine[12], sine[12];
  cosine[11] = COSINE, sine[11] = back ? SINE : -SINE;
  for (i32 k = 10; k >= 1; k--) {
    cosine[k] = cosine[k + 1] * cosine[k + 1] - sine[k + 1] * sine[k + 1];
    sine[k] = 2 * cosine[k + 1] * sine[k + 1];
  }
  for (u32 length = 2, step = 1; length <= SIZE; length <<= 1, step++)
    for (u32 i = 0; i < SIZE; i += length) {
      double c = 1, s = 0;
      for (u32 k = i; k < i + length / 2; k++) {
        u32 o = k + length / 2;
        double a = re[o] * c - im[o] * s, b = re[o] * s + im[o] * c;
        re[o] = re[k] - a, im[o] = im[k] - b;
        re[k] += a, im[k] += b;
        double turned = c * cosine[step] - s * sine[step];
        s = c * sine[step] + s * cosine[step], c = turned;
      }
    }
}

static NOINLINE float filter(float a, float b) {
  float one = 0, two = 0, peak = 0;
  for (u32 i = 0; i < SIZE; i++) {
    float y = wave[i] + a * one + b * two;
    two = one, one = y;
    peak = __builtin_wasm_max_f32(peak, __builtin_fabsf(y));
    wave[i] = y * 0.5f;
  }
  return peak;
}

static NOINLINE double cube_root(double x) {
  double y = x;
  for (u32 i = 0; i < 24; i++) y -= (y * y * y - x) / (3 * y * y);
  return y;
}

EXPORT("run") i32 run(i32 n) {
  u32 state = 2463534242u, sum = 0;
  for (i32 i = 0; i < n; i++) {
    for (u32 k = 0; k < SIZE; k++) {
      re[k] = (double)(next(&state) & 1023) / 64 - 8, im[k] = 0;
      wave[k] = (float)re[k];
    }
    transform(0);
    double power = 0;
    for (u32 k = 0; k < SIZE; k++) power += __builtin_sqrt(re[k] * re[k] + im[k] * im[k]);
    transform(1);
    // There and back is the start again, times the size.
    for (u32 k = 0; k < SIZE; k++) sum = mix(sum, (u32)(i32)__builtin_nearbyint(re[k] / (SIZE / 64)));
    sum = mix(sum, (u32)power);
    for (u32 k = 0; k < 8; k++) sum = mix(sum, (u32)(filter(1.2f, -0.5f) * 16));
    for (u32 k = 1; k < 256; k++) sum = mix(sum, (u32)(cube_root(k) * 4096));
  }
  return sum;
}
