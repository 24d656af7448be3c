//! `wasi:cli`.

/// `wasi:cli/environment`.
pub mod environment {
    use coracle::Result;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives the environment variables.
            value "get-environment"
            fn get_environment(&mut self) -> Result<Vec<(String, String)>>;
            /// Gives the arguments, the program's name first.
            value "get-arguments"
            fn get_arguments(&mut self) -> Result<Vec<String>>;
            /// Gives what the program is to take as its working directory.
            value "initial-cwd"
            fn initial_cwd(&mut self) -> Result<Option<String>>;
        }
    }

    interface!("wasi:cli/environment@0.2.12": link_functions);
}

/// `wasi:cli/exit`.
pub mod exit {
    use coracle::Result;

    host_trait! {
        /// The functions of the interface. They unwind the guest by returning an error.
        pub trait Host [link_functions] {
            /// Ends the program with success or failure.
            unit "exit"
            fn exit(&mut self, status: std::result::Result<(), ()>) -> Result<()>;
            /// Ends the program with a code.
            unit "exit-with-code"
            fn exit_with_code(&mut self, status_code: u8) -> Result<()>;
        }
    }

    interface!("wasi:cli/exit@0.2.12": link_functions);
}

/// `wasi:cli/stdin`.
pub mod stdin {
    pub use crate::p2::bindings::io::streams::InputStream;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives the standard input.
            value "get-stdin"
            fn get_stdin(&mut self) -> Result<Resource<InputStream>>;
        }
    }

    interface!("wasi:cli/stdin@0.2.12": link_functions);
}

/// `wasi:cli/stdout`.
pub mod stdout {
    pub use crate::p2::bindings::io::streams::OutputStream;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives the standard output.
            value "get-stdout"
            fn get_stdout(&mut self) -> Result<Resource<OutputStream>>;
        }
    }

    interface!("wasi:cli/stdout@0.2.12": link_functions);
}

/// `wasi:cli/stderr`.
pub mod stderr {
    pub use crate::p2::bindings::io::streams::OutputStream;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives the standard error.
            value "get-stderr"
            fn get_stderr(&mut self) -> Result<Resource<OutputStream>>;
        }
    }

    interface!("wasi:cli/stderr@0.2.12": link_functions);
}

/// `wasi:cli/terminal-input`.
pub mod terminal_input {
    pub use crate::cli::TerminalInput;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface outside its resources: none.
        pub trait Host: HostTerminalInput [link_functions] {}
    }

    host_trait! {
        /// What a `terminal-input` can do.
        pub trait HostTerminalInput [link_terminal_input] {
            /// Forgets the mark.
            unlinked ""
            fn drop(&mut self, this: Resource<TerminalInput>) -> Result<()>;
        }
    }

    interface!(
        "wasi:cli/terminal-input@0.2.12": link_functions, link_terminal_input;
        "terminal-input": TerminalInput => HostTerminalInput
    );
}

/// `wasi:cli/terminal-output`.
pub mod terminal_output {
    pub use crate::cli::TerminalOutput;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface outside its resources: none.
        pub trait Host: HostTerminalOutput [link_functions] {}
    }

    host_trait! {
        /// What a `terminal-output` can do.
        pub trait HostTerminalOutput [link_terminal_output] {
            /// Forgets the mark.
            unlinked ""
            fn drop(&mut self, this: Resource<TerminalOutput>) -> Result<()>;
        }
    }

    interface!(
        "wasi:cli/terminal-output@0.2.12": link_functions, link_terminal_output;
        "terminal-output": TerminalOutput => HostTerminalOutput
    );
}

/// `wasi:cli/terminal-stdin`.
pub mod terminal_stdin {
    pub use crate::p2::bindings::cli::terminal_input::TerminalInput;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives a mark if standard input is a terminal.
            value "get-terminal-stdin"
            fn get_terminal_stdin(&mut self) -> Result<Option<Resource<TerminalInput>>>;
        }
    }

    interface!("wasi:cli/terminal-stdin@0.2.12": link_functions);
}

/// `wasi:cli/terminal-stdout`.
pub mod terminal_stdout {
    pub use crate::p2::bindings::cli::terminal_output::TerminalOutput;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives a mark if standard output is a terminal.
            value "get-terminal-stdout"
            fn get_terminal_stdout(&mut self) -> Result<Option<Resource<TerminalOutput>>>;
        }
    }

    interface!("wasi:cli/terminal-stdout@0.2.12": link_functions);
}

/// `wasi:cli/terminal-stderr`.
pub mod terminal_stderr {
    pub use crate::p2::bindings::cli::terminal_output::TerminalOutput;
    use coracle::Result;
    use coracle::component::Resource;

    host_trait! {
        /// The functions of the interface.
        pub trait Host [link_functions] {
            /// Gives a mark if standard error is a terminal.
            value "get-terminal-stderr"
            fn get_terminal_stderr(&mut self) -> Result<Option<Resource<TerminalOutput>>>;
        }
    }

    interface!("wasi:cli/terminal-stderr@0.2.12": link_functions);
}
