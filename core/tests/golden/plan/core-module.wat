;;! plan
(module)

;;| expected a component, but this is a core module (load it as a `Module`) (at offset 0x0)
