//! Empty: the package is its tests, which are those of the interpreter.
