;; Valid, and nothing that can be run.
(component
  (type $bytes (stream u8))
  (core func (canon stream.new $bytes))
  (import "source" (func $source (param "name" string) (result $bytes)))
  (export "again" (func $source)))
