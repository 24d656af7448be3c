;;! plan
(component (import "c" (component)))

;;| this component cannot be run: it uses an import of a component at the root, which is not supported
