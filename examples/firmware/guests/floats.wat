;; What a firmware without the feature `floats` refuses.
(component
  (core module
    (func (param f64) (result f64) local.get 0 f64.sqrt)))
