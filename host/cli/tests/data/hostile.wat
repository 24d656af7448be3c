;; Names that would act on a terminal: a colour, a cleared screen, a line that runs backwards.
(module $"\u{1b}[31mmodule"
  (import "\u{9b}env" "\u{7}bell" (func))
  (func $"\u{1b}[2Jtrap\u{202e}gnirts" (export "\u{1b}[5mtrap") unreachable)
  (func $"twice\u{1b}c" (export "trap") (call 1)))
