;;! plan
(component (core func (canon error-context.drop)))

;;| this component cannot be run: it uses `error-context`, which is not supported (at offset 0xb)
