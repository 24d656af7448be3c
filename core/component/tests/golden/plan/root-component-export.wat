;;! plan
(component (component $c) (export "c" (component $c)))

;;| this component cannot be run: it uses an export of a component at the root, which is not supported
