// Indirect calls: objects with a table of methods each, and a state machine whose states are functions.
#include "prelude.h"

typedef struct Shape Shape;
typedef struct {
  u32 (*area)(const Shape *);
  u32 (*outline)(const Shape *);
  void (*grow)(Shape *, u32 by);
} Methods;
struct Shape {
  const Methods *methods;
  u32 a, b;
};

static u32 square_area(const Shape *s) { return s->a * s->a; }
static u32 square_outline(const Shape *s) { return 4 * s->a; }
static void square_grow(Shape *s, u32 by) { s->a = (s->a + by) & 1023; }
static u32 box_area(const Shape *s) { return s->a * s->b; }
static u32 box_outline(const Shape *s) { return 2 * (s->a + s->b); }
static void box_grow(Shape *s, u32 by) { s->a = (s->a + by) & 1023, s->b ^= by; }
static u32 disc_area(const Shape *s) { return s->a * s->a * 355 / 113; }
static u32 disc_outline(const Shape *s) { return 2 * s->a * 355 / 113; }
static void disc_grow(Shape *s, u32 by) { s->a = (s->a * 3 + by) & 511; }
static u32 ring_area(const Shape *s) { return (s->a * s->a - s->b * s->b) * 355 / 113; }
static u32 ring_outline(const Shape *s) { return 2 * (s->a + s->b) * 355 / 113; }
static void ring_grow(Shape *s, u32 by) { s->b = s->a, s->a = (s->a + by) & 2047; }

static const Methods KINDS[4] = {
    {square_area, square_outline, square_grow},
    {box_area, box_outline, box_grow},
    {disc_area, disc_outline, disc_grow},
    {ring_area, ring_outline, ring_grow},
};

#define SHAPES 512
static Shape shapes[SHAPES];

// A machine that reads numbers from digits, names and blanks: each state is a function that says which comes next.
typedef struct {
  u32 number, names, sum;
} Reader;
typedef u32 (*State)(Reader *, u32 letter);
static u32 blank(Reader *r, u32 c);
static u32 digit(Reader *r, u32 c);
static u32 word(Reader *r, u32 c);
static const State STATES[3] = {blank, digit, word};
static u32 pick(u32 c) { return c < 4 ? 0 : c < 18 ? 1 : 2; }
static u32 blank(Reader *r, u32 c) {
  r->number = c;
  return pick(c);
}
static u32 digit(Reader *r, u32 c) {
  if (pick(c) != 1) r->sum = mix(r->sum, r->number);
  r->number = r->number * 10 + c;
  return pick(c);
}
static u32 word(Reader *r, u32 c) {
  r->names += pick(c) != 2;
  return pick(c);
}

EXPORT("run") i32 run(i32 n) {
  u32 state = 88172645, sum = 0;
  for (u32 i = 0; i < SHAPES; i++) {
    shapes[i].methods = &KINDS[next(&state) & 3];
    shapes[i].a = next(&state) & 255, shapes[i].b = next(&state) & 127;
  }
  for (i32 i = 0; i < n; i++) {
    for (u32 turn = 0; turn < 24; turn++)
      for (u32 k = 0; k < SHAPES; k++) {
        Shape *s = &shapes[k];
        sum += s->methods->area(s) ^ s->methods->outline(s);
        s->methods->grow(s, turn + k);
      }
    Reader reader = {0, 0, 0};
    u32 at = 0;
    for (u32 k = 0; k < 16384; k++) at = STATES[at](&reader, next(&state) >> 27);
    sum = mix(sum, reader.sum + reader.names);
  }
  return sum;
}
