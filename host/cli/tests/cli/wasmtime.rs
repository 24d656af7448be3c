//! Command lines as a user of Wasmtime's command would type them, and what each does here.

use crate::{coracle, data};

/// What a command line comes to.
enum Does {
    /// It succeeds, with this on standard output and nothing else.
    Prints(&'static str),
    /// It succeeds, with something of this on standard output.
    Shows(&'static str),
    /// It succeeds, with this on standard output, after a word on standard error that something has no effect.
    Notes(&'static str, &'static str),
    /// It fails with this code, and says so.
    Fails(i32, &'static str),
}

use Does::{Fails, Notes, Prints, Shows};

/// Words are parted by blanks; a name that ends in `.wat` is a file of `tests/data`, before or behind a `=` too.
const TABLE: &[(&str, Does)] = &[
    // The command itself.
    ("small.wat", Prints("")),
    ("run small.wat", Prints("")),
    ("run -- small.wat", Prints("")),
    ("command.wat print hi", Prints("hi")),
    ("run command.wat print --env", Prints("--env")),
    ("run command.wat print -Wfuel=0", Prints("-Wfuel=0")),
    ("command.wat fail", Fails(1, "")),
    ("command.wat exit", Fails(42, "")),
    ("command.wat trap", Fails(134, "unreachable")),
    ("argv.wat a b", Prints("argv.wat\0a\0b\0")),
    ("run --argv0 other argv.wat a", Prints("other\0a\0")),
    ("--argv0=other argv.wat", Prints("other\0")),
    ("--version", Shows("coracle 0.")),
    ("-V", Shows("coracle 0.")),
    ("--help", Shows("Usage: coracle")),
    ("help run", Shows("--invoke")),
    ("run --help", Shows("--preload")),
    ("walk", Fails(2, "`walk` is neither a file nor a command")),
    ("./walk", Fails(1, "failed to read")),
    ("no-such.wasm", Fails(1, "failed to read `no-such.wasm`")),
    ("explore small.wat", Fails(2, "`coracle inspect` shows")),
    ("settings", Fails(2, "-W help")),
    ("run --no-such-flag small.wat", Fails(2, "--no-such-flag")),
    // Functions.
    ("--invoke add module.wat 1 2", Prints("3\n")),
    ("run --invoke add module.wat 0xffffffff 2", Prints("1\n")),
    ("run --invoke add module.wat -5 2", Prints("-3\n")),
    ("run --invoke add64 module.wat -1 -9223372036854775807", Prints("-9223372036854775808\n")),
    ("run --invoke half module.wat 5", Prints("2.5\n")),
    ("run --invoke half32 module.wat 1e3", Prints("500\n")),
    ("run --invoke half module.wat inf", Prints("inf\n")),
    ("run --invoke both module.wat 7", Prints("7\n-1\n")),
    (
        "run --invoke same module.wat 340282366920938463463374607431768211455",
        Prints("340282366920938463463374607431768211455\n"),
    ),
    ("run --invoke is-null module.wat null", Prints("1\n")),
    ("run --invoke nothing module.wat", Prints("")),
    ("run --invoke trap module.wat", Fails(134, "calculator!core::fmt::write")),
    ("run --invoke deep module.wat", Fails(134, "call stack exhausted")),
    ("run --invoke add module.wat 1", Fails(2, "takes 2 arguments, 1 given")),
    ("run --invoke add module.wat 1 4294967296", Fails(2, "\"4294967296\" is no i32")),
    ("run --invoke add module.wat 1 two", Fails(2, "\"two\" is no i32")),
    ("run --invoke sub module.wat 1 2", Fails(2, "exports no function `sub`")),
    ("run --invoke memory module.wat", Fails(2, "exports no function `memory`")),
    ("run module.wat", Fails(1, "`--invoke` calls a function")),
    ("run --invoke ready reactor.wat", Prints("1\n")),
    ("run --invoke only-here() functions.wat", Prints("()\n")),
    ("run --invoke add(1,2) functions.wat", Fails(2, "several functions `add`")),
    ("run --invoke only-here functions.wat 1", Fails(2, "takes its arguments from `--invoke")),
    ("run --invoke pick(none) keywords.wat", Fails(2, "written `%none`")),
    ("run --invoke pick(%none) keywords.wat", Prints("%none\n")),
    ("run --invoke pick(other) keywords.wat", Prints("other\n")),
    // Other modules, and what is missing.
    ("--preload env=gives.wat needs.wat", Prints("")),
    ("run --preload env=gives.wat --invoke four needs.wat", Prints("4\n")),
    ("run --preload env=no-such.wasm needs.wat", Fails(1, "no-such.wasm")),
    ("run --preload gives.wat needs.wat", Fails(2, "NAME=FILE")),
    ("run --preload env=small.wat needs.wat", Fails(2, "no core module")),
    ("run --preload env=gives.wat small.wat", Fails(2, "this is a component")),
    ("run needs.wat", Fails(1, "2 imports are not linked:\n")),
    ("run needs.wat", Fails(1, "`env::log`: `--preload env=FILE` gives")),
    ("run -W unknown-imports-trap needs.wat", Fails(1, "`env::twice` has not been defined")),
    ("run -W unknown-imports-default needs.wat", Prints("")),
    ("run -W unknown-imports-default --invoke four needs.wat", Prints("0\n")),
    ("run missing.wat", Fails(1, "4 imports are not linked:\n")),
    ("run missing.wat", Fails(1, "there is no wasi-nn")),
    ("run missing.wat", Fails(1, "`acme:tools/hammer@1.0.0`: `--with FILE` links a component")),
    ("run missing.wat", Fails(1, "`leave` of instance `wasi:cli/exit@0.2.0`")),
    ("run missing.wat", Fails(1, "there is no WASI 0.3")),
    ("run -W unknown-imports-trap=y missing.wat", Prints("")),
    ("run -W unknown-imports-default missing.wat", Fails(2, "unknown-imports-trap")),
    // `-W`.
    ("run -W help", Shows("fuel=N")),
    ("-W help", Shows("timeout=TIME")),
    ("run -W fuel=10 --invoke spin module.wat", Fails(134, "fuel")),
    ("run -Wfuel=1000000 small.wat", Prints("")),
    ("run --wasm fuel=x small.wat", Fails(2, "`x` is no number")),
    ("run -W timeout=50ms --invoke spin module.wat", Fails(134, "time was up")),
    ("run -W timeout=50ms --tier eager --invoke spin module.wat", Fails(134, "time was up")),
    ("run -W timeout=50ms sleep.wat", Fails(134, "time was up")),
    ("run -W timeout=1h small.wat", Prints("")),
    ("run -W timeout=never small.wat", Fails(2, "timeout")),
    ("run -W max-memory-size=65536 --invoke grow module.wat 1", Prints("-1\n")),
    ("run -W max-memory-size=131072 --invoke grow module.wat 1", Prints("1\n")),
    ("run -W max-memory-size=65536,trap-on-grow-failure --invoke grow module.wat 1", Fails(1, "memory")),
    ("run -W max-table-elements=1 --invoke grow-table module.wat 1", Prints("-1\n")),
    ("run -W max-instances=0 module.wat", Fails(1, "instance")),
    ("run -W max-memories=0 --invoke nothing module.wat", Fails(1, "memor")),
    ("run -W max-wasm-stack=65536 --invoke deep module.wat", Fails(134, "call stack exhausted")),
    ("run -W simd=n --invoke nothing module.wat", Fails(1, "SIMD")),
    ("run -W nan-canonicalization --invoke nan module.wat", Prints("NaN\n")),
    ("run -W all-proposals,component-model small.wat", Prints("")),
    ("run -W component-model-async small.wat", Prints("")),
    ("run -W component-model=n small.wat", Fails(2, "cannot be switched off")),
    ("run -W gc small.wat", Fails(2, "no garbage collection")),
    ("run -W gc=n small.wat", Prints("")),
    ("run -W fule=1 small.wat", Fails(2, "did you mean `fuel`")),
    ("run -W epoch-interruption small.wat", Notes("", "`-W epoch-interruption` has no effect")),
    // `-S`.
    ("run -S help", Shows("inherit-network")),
    ("run -S cli,http,tcp=n,udp=n small.wat", Prints("")),
    ("run -S inherit-network,allow-ip-name-lookup -S inherit-env small.wat", Prints("")),
    ("run -Sconfig,config-var=a=b,keyvalue,keyvalue-in-memory-data=a=b small.wat", Prints("")),
    ("run -S max-resources=100,hostcall-fuel=1000000,max-random-size=10 small.wat", Prints("")),
    ("run -S preview2=n small.wat", Notes("", "`-S preview2` has no effect")),
    ("run -S p3 small.wat", Fails(2, "there is no WASI 0.3")),
    ("run -S nn small.wat", Fails(2, "there is no wasi-nn")),
    ("run -S threads small.wat", Fails(2, "guests start no threads")),
    ("run -S cli=n small.wat", Fails(2, "cannot be switched off")),
    ("run --env A=1 --env B= small.wat", Prints("")),
    ("run --env =x small.wat", Fails(2, "a variable has a name")),
    ("run --dir no/such small.wat", Fails(1, "failed to open directory `no/such`")),
    // How Wasmtime compiles.
    ("run -O opt-level=2 small.wat", Notes("", "`-O opt-level` has no effect")),
    ("run -O pooling-allocator=y small.wat", Notes("", "`-O pooling-allocator` has no effect")),
    ("run -O pooling-total-memories=10 small.wat", Fails(2, "max-memories")),
    ("run -O pooling-total-stacks=10 small.wat", Prints("")),
    ("run -O memory-reservation=0,signals-based-traps=n small.wat", Prints("")),
    ("run -C cache=n --invoke add module.wat 1 2", Notes("3\n", "`-C cache` has no effect")),
    ("run -C compiler=winch small.wat", Notes("", "there is one compiler")),
    ("run -C cranelift-enable-verifier=y small.wat", Notes("", "has no effect")),
    ("run -C cranelift-enable_heap_access_spectre_mitigation=n small.wat", Prints("")),
    ("run -C cranelift-enable-table-access-spectre-mitigation=n small.wat", Prints("")),
    ("run -C cranelift-enable-table-access-spectre-mitigation=maybe small.wat", Fails(2, "mitigation")),
    ("run -C pcc=y small.wat", Fails(2, "`pcc` is refused")),
    ("run -D debug-info=y small.wat", Notes("", "`-D debug-info` has no effect")),
    ("run -D coredump=core small.wat", Fails(2, "there are no core dumps")),
    ("run -g small.wat", Notes("", "`-g` has no effect")),
    ("run --allow-precompiled small.wat", Prints("")),
    ("run --profile perfmap small.wat", Fails(2, "no profiler")),
    ("run -R path=x small.wat", Fails(2, "not recorded")),
    ("run --config x.toml small.wat", Fails(2, "command line")),
    ("run --target pulley64 small.wat", Fails(1, "code for another machine, `pulley64`")),
    ("compile small.wat", Fails(1, "nothing has to be compiled before it runs")),
    ("compile --portable module.wat", Fails(1, "core module where a component is expected")),
    // Servers, shells, manuals.
    ("serve small.wat", Fails(1, "`coracle run` runs")),
    ("serve -S cli --max-instance-reuse-count 0 small.wat", Fails(2, "--max-instance-reuse-count")),
    ("serve --max-instance-concurrent-reuse-count 16 small.wat", Fails(1, "has no effect")),
    ("serve module.wat", Fails(1, "core module where a component is expected")),
    ("completion bash", Shows("_coracle")),
    ("completion tcsh", Fails(2, "tcsh")),
    ("man", Shows(".TH coracle")),
    ("man serve", Shows("max\\-concurrent")),
    ("man walk", Fails(2, "there is no command `walk`")),
];

fn words(line: &str) -> Vec<String> {
    let file = |word: &str| match word.rsplit_once('=') {
        _ if !word.ends_with(".wat") => word.to_owned(),
        Some((name, file)) => format!("{name}={}", data(file)),
        None => data(word),
    };
    line.split(' ').map(file).collect()
}

#[test]
fn what_they_do() {
    assert!(TABLE.len() >= 60);
    let mut wrong = Vec::new();
    for (line, does) in TABLE {
        let outcome = coracle(&words(line));
        let right = match does {
            Prints(text) => (outcome.code, &*outcome.stdout, &*outcome.stderr) == (Some(0), *text, ""),
            Shows(text) => outcome.code == Some(0) && outcome.stdout.contains(text) && outcome.stderr.is_empty(),
            Notes(text, says) => {
                (outcome.code, &*outcome.stdout) == (Some(0), *text)
                    && outcome.stderr.starts_with("note: ")
                    && outcome.stderr.contains(says)
            }
            Fails(code, says) => {
                outcome.code == Some(*code) && outcome.stderr.contains(says) && !outcome.stderr.contains("panicked")
            }
        };
        if !right {
            wrong.push(format!("coracle {line}\n  {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), TABLE.len(), wrong.join("\n"));
}
