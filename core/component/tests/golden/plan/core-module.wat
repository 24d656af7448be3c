;;! plan
(module)

;;| this is a core module where a component is expected (load it as a `Module`) (at offset 0x0)
