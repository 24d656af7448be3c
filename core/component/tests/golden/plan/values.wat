;;! plan
(component (import "v" (value $v string)) (export "w" (value $v)))

;;| this component cannot be run: it uses component values, which is not supported
