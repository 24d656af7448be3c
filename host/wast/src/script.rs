//! The directives of a script, one after the other.
//!
//! An [`Agent`] is one thread of a script: its store, its linker, and what its directives have named. The main agent
//! runs the script; each `thread` directive starts another on a host thread of its own, which shares the engine and
//! the shared memories of one instance, nothing else.

use crate::component::{self, Component, Refused};
use crate::report::{Failure, Report};
use crate::{hints, spectest, value};
use coracle::{Config, Engine, Error, Extern, Instance, Linker, Module, Result, SharedMemory, Store, Trap, Val, bail};
use std::collections::HashMap;
use std::thread::{Scope, ScopedJoinHandle};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::{Id, Span};
use wast::{QuoteWat, QuoteWatTest, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, WastThread, Wat};

/// Runs a script in an engine of these settings.
pub(crate) fn run(
    path: &str,
    text: &str,
    config: &Config,
    component: fn(Component) -> Result<Component>,
) -> Result<Report> {
    let engine = Engine::new(config)?;
    let cx = Cx { engine: &engine, path, text, component };
    let buffer = ParseBuffer::new_with_lexer(lexer(text)).map_err(|error| cx.located(error))?;
    let script: Wast<'_> = parser::parse(&buffer).map_err(|error| cx.located(error))?;
    std::thread::scope(|scope| {
        let mut agent = Agent::new(cx)?;
        agent.run(scope, script.directives);
        Ok(agent.finish())
    })
}

/// Names of the specification's scripts are full of signs that look like others; that is their point.
fn lexer(text: &str) -> Lexer<'_> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    lexer
}

/// What all agents of a script share.
#[derive(Clone, Copy)]
struct Cx<'env> {
    engine: &'env Engine,
    path: &'env str,
    text: &'env str,
    component: fn(Component) -> Result<Component>,
}

impl Cx<'_> {
    /// An error in the script's text, with its place there.
    fn located(self, mut error: wast::Error) -> Error {
        error.set_path(self.path.as_ref());
        error.set_text(self.text);
        error.into()
    }

    /// The binary of a module or component of the script.
    fn encode(self, module: &mut QuoteWat<'_>) -> Result<Vec<u8>> {
        match module.to_test().map_err(|error| self.located(error))? {
            QuoteWatTest::Binary(bytes) => Ok(bytes),
            QuoteWatTest::Text(text) => {
                let text = String::from_utf8(text)?;
                // Lines are counted from the quote's beginning.
                let path = format!("{} (in a quote)", self.path);
                let quote = Cx { path: &path, text: &text, ..self };
                let buffer = ParseBuffer::new_with_lexer(lexer(&text)).map_err(|error| quote.located(error))?;
                let encoded = parser::parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode());
                encoded.map_err(|error| quote.located(error))
            }
        }
    }
}

/// Something loaded and not yet instantiated.
#[derive(Clone)]
enum Definition {
    Module(Module),
    Component(Component),
    /// A component that is valid, and uses what cannot be run.
    Refused(Refused),
}

/// Something that directives can invoke.
#[derive(Clone)]
enum Item {
    /// An instance of the agent's own store.
    Core(Instance),
    /// The shared memories of an instance of another agent.
    Shared(Vec<(String, SharedMemory)>),
    /// A component instance, of the agent's own store too.
    Component(component::Instance),
    /// What stands in place of an instance of a component that cannot be run.
    Refused(Refused),
}

/// What an execution ended with.
enum Outcome {
    Core(Vec<Val>),
    Component(Vec<component::Val>),
}

struct Agent<'scope, 'env> {
    cx: Cx<'env>,
    report: Report,
    store: Store<()>,
    /// What core modules import.
    linker: Linker<()>,
    /// What components import.
    components: component::Linker<()>,
    /// By name; what came last stands under no name.
    definitions: HashMap<Option<String>, Definition>,
    items: HashMap<Option<String>, Item>,
    threads: HashMap<String, ScopedJoinHandle<'scope, Result<Report>>>,
}

impl<'scope, 'env: 'scope> Agent<'scope, 'env> {
    fn new(cx: Cx<'env>) -> Result<Self> {
        let mut store = Store::new(cx.engine, ());
        let mut linker = Linker::new(cx.engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store, true)?;
        let mut components = component::Linker::new(cx.engine);
        components.allow_shadowing(true);
        Ok(Self {
            cx,
            report: Report { path: cx.path.to_owned(), ..Report::default() },
            store,
            linker,
            components,
            definitions: HashMap::new(),
            items: HashMap::new(),
            threads: HashMap::new(),
        })
    }

    fn run(&mut self, scope: &'scope Scope<'scope, 'env>, directives: Vec<WastDirective<'env>>) {
        for directive in directives {
            let span = directive.span();
            let name = directive_name(&directive);
            match self.directive(scope, directive) {
                Ok(()) => self.report.passed += 1,
                Err(error) => self.fail(span, name, &error),
            }
        }
    }

    fn fail(&mut self, span: Span, directive: &'static str, error: &Error) {
        let (line, column) = span.linecol_in(self.cx.text);
        let message = told(error);
        self.report.failures.push(Failure { line: line + 1, column: column + 1, directive, message });
    }

    /// Waits for threads that the script did not wait for.
    fn finish(mut self) -> Report {
        for (_, thread) in std::mem::take(&mut self.threads) {
            if let Ok(Ok(report)) = thread.join() {
                self.report.absorb(report);
            }
        }
        self.report.failures.sort_by_key(|failure| (failure.line, failure.column));
        self.report
    }

    fn directive(&mut self, scope: &'scope Scope<'scope, 'env>, directive: WastDirective<'env>) -> Result<()> {
        match directive {
            WastDirective::Module(mut module) => self.module(&mut module),
            WastDirective::ModuleDefinition(mut module) => {
                let definition = self.load(&self.cx.encode(&mut module)?)?;
                self.report.only_validated += usize::from(matches!(definition, Definition::Refused(_)));
                if let Some(name) = module.name() {
                    self.definitions.insert(Some(name.name().to_owned()), definition.clone());
                }
                self.definitions.insert(None, definition);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                self.items.remove(&None);
                let Some(definition) = self.definitions.get(&key(module)).cloned() else {
                    bail!("no definition{} was made before", of_name(module));
                };
                let item = self.instantiate(&definition)?;
                self.remember(instance, item);
                Ok(())
            }
            WastDirective::AssertMalformed { mut module, .. } | WastDirective::AssertInvalid { mut module, .. } => {
                match self.cx.encode(&mut module).and_then(|bytes| self.load(&bytes)) {
                    Ok(_) => bail!("it loads"),
                    Err(_) => Ok(()),
                }
            }
            // A bad custom section does not stop a module from loading: a reader of the text minds, or one who looks
            // into the section.
            WastDirective::AssertMalformedCustom { mut module, .. } => match self.cx.encode(&mut module) {
                Ok(_) => bail!("the text is accepted"),
                Err(_) => Ok(()),
            },
            WastDirective::AssertInvalidCustom { mut module, .. } => {
                let bytes = self.cx.encode(&mut module)?;
                let module = Module::from_binary(self.cx.engine, &bytes)?;
                match hints::check(&module, &bytes) {
                    Ok(()) => bail!("its custom sections are valid"),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => self.invoke(&invoke).map(drop),
            WastDirective::AssertTrap { exec, message, .. } => trapped(self.execute(exec), message),
            WastDirective::AssertExhaustion { call, message, .. } => trapped(self.invoke(&call), message),
            WastDirective::AssertReturn { exec, results, .. } => {
                let outcome = self.execute(exec)?;
                self.compare(&outcome, &results)
            }
            WastDirective::AssertUnlinkable { mut module, .. } => {
                let bytes = module.encode().map_err(|error| self.cx.located(error))?;
                let definition = self.load(&bytes);
                if let Ok(Definition::Refused(refused)) = &definition {
                    return Err(refused.into());
                }
                match definition.and_then(|definition| self.instantiate(&definition)) {
                    Ok(_) => bail!("it can be instantiated"),
                    Err(error) if error.is::<Trap>() => Err(error.context("it links, and traps")),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec) {
                Ok(_) => bail!("it returns"),
                Err(error) if error.downcast_ref() == Some(&Trap::UncaughtException) => Ok(()),
                Err(error) => Err(error.context("no exception is thrown")),
            },
            WastDirective::AssertSuspension { .. } => bail!("not supported: stack switching"),
            WastDirective::Thread(thread) => self.thread(scope, thread),
            WastDirective::Wait { thread, .. } => {
                let Some(handle) = self.threads.remove(thread.name()) else {
                    bail!("no thread `{}` was started before", thread.name());
                };
                match handle.join() {
                    Ok(report) => self.report.absorb(report?),
                    Err(_) => bail!("the thread panicked"),
                }
                Ok(())
            }
        }
    }

    fn module(&mut self, module: &mut QuoteWat<'env>) -> Result<()> {
        // What came before must not answer for a module that fails.
        self.items.remove(&None);
        let name = module.name();
        if let Some(name) = name {
            self.items.remove(&Some(name.name().to_owned()));
        }
        let item = match self.load(&self.cx.encode(module)?)? {
            // The script calls it valid, and it is. What is asked of its instance fails.
            Definition::Refused(refused) => {
                self.report.only_validated += 1;
                Item::Refused(refused)
            }
            definition => self.instantiate(&definition)?,
        };
        self.remember(name, item);
        Ok(())
    }

    fn remember(&mut self, name: Option<Id<'_>>, item: Item) {
        if let Some(name) = name {
            self.items.insert(Some(name.name().to_owned()), item.clone());
        }
        self.items.insert(None, item);
    }

    fn load(&self, bytes: &[u8]) -> Result<Definition> {
        // The second half of the version word tells components from modules.
        Ok(match bytes.get(6..8) {
            Some([1, 0]) => match component::load(self.cx.engine, bytes)? {
                Ok(component) => Definition::Component((self.cx.component)(component)?),
                Err(refused) => Definition::Refused(refused),
            },
            _ => Definition::Module(Module::from_binary(self.cx.engine, bytes)?),
        })
    }

    fn instantiate(&mut self, definition: &Definition) -> Result<Item> {
        match definition {
            Definition::Module(module) => Ok(Item::Core(self.linker.instantiate(&mut self.store, module)?)),
            Definition::Component(component) => {
                Ok(Item::Component(self.components.instantiate(&mut self.store, component)?))
            }
            Definition::Refused(refused) => Err(refused.into()),
        }
    }

    fn item(&self, name: Option<Id<'_>>) -> Result<&Item> {
        match self.items.get(&key(name)) {
            Some(item) => Ok(item),
            None => bail!("there is no instance{}: none was made, or it failed", of_name(name)),
        }
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Result<()> {
        match self.item(module)?.clone() {
            Item::Core(instance) => {
                self.linker.instance(&mut self.store, name, instance)?;
            }
            Item::Shared(memories) => {
                for (export, memory) in memories {
                    self.linker.define(&self.store, name, &export, Extern::SharedMemory(memory))?;
                }
            }
            Item::Component(instance) => {
                let exports = instance.component(&self.store).root().index();
                self.components.root().export_of(name, &mut self.store, &instance, exports)?;
            }
            Item::Refused(refused) => return Err((&refused).into()),
        }
        Ok(())
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Outcome> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(mut wat) => {
                let bytes = wat.encode().map_err(|error| self.cx.located(error))?;
                let definition = self.load(&bytes)?;
                self.instantiate(&definition)?;
                Ok(if matches!(wat, Wat::Module(_)) {
                    Outcome::Core(Vec::new())
                } else {
                    Outcome::Component(Vec::new())
                })
            }
            WastExecute::Get { module, global, .. } => {
                let Item::Core(instance) = *self.item(module)? else {
                    bail!("it is no core instance");
                };
                let Some(global) = instance.get_global(&mut self.store, global) else {
                    bail!("no global `{global}` is exported");
                };
                Ok(Outcome::Core(vec![global.get(&mut self.store)]))
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Outcome> {
        match self.item(invoke.module)? {
            &Item::Core(instance) => self.invoke_core(instance, invoke),
            &Item::Component(instance) => Ok(Outcome::Component(component::invoke(&mut self.store, instance, invoke)?)),
            Item::Shared(_) => bail!("memories of another thread export no functions"),
            Item::Refused(refused) => Err(refused.into()),
        }
    }

    fn invoke_core(&mut self, instance: Instance, invoke: &WastInvoke<'_>) -> Result<Outcome> {
        let store = &mut self.store;
        let Some(func) = instance.get_func(&mut *store, invoke.name) else {
            bail!("no function `{}` is exported", invoke.name);
        };
        let mut args = Vec::with_capacity(invoke.args.len());
        for arg in &invoke.args {
            match arg {
                WastArg::Core(arg) => args.push(value::arg(store, arg)?),
                other => bail!("the script gives {other:?} to a core function"),
            }
        }
        let mut results = vec![Val::I32(0); func.ty(&*store).results().len()];
        func.call(&mut *store, &args, &mut results)?;
        Ok(Outcome::Core(results))
    }

    fn compare(&self, outcome: &Outcome, expected: &[WastRet<'_>]) -> Result<()> {
        match outcome {
            Outcome::Core(actual) => {
                let shown = || actual.iter().map(value::show).collect::<Vec<_>>().join(", ");
                let mut all = actual.len() == expected.len();
                for (actual, expected) in actual.iter().zip(expected) {
                    let WastRet::Core(expected) = expected else {
                        bail!("the script expects a component value of a core function");
                    };
                    all &= value::matches(&self.store, actual, expected)?;
                }
                if !all {
                    bail!("expected {expected:?}, got {}", shown());
                }
            }
            Outcome::Component(actual) => {
                let pairs = || actual.iter().zip(expected);
                if actual.len() != expected.len() || !pairs().all(|(a, e)| component::matches(a, e)) {
                    bail!("expected {expected:?}, got {actual:?}");
                }
            }
        }
        Ok(())
    }

    fn thread(&mut self, scope: &'scope Scope<'scope, 'env>, thread: WastThread<'env>) -> Result<()> {
        let WastThread { name, shared_module, directives, .. } = thread;
        let mut shared = None;
        if let Some(id) = shared_module {
            let Item::Core(instance) = *self.item(Some(id))? else {
                bail!("it is no core instance");
            };
            let exports = instance.exports(&mut self.store);
            let memories = exports.filter_map(|export| {
                let name = export.name().to_owned();
                export.into_extern().into_shared_memory().map(|memory| (name, memory))
            });
            shared = Some((id.name().to_owned(), memories.collect::<Vec<_>>()));
        }
        let cx = self.cx;
        let handle = scope.spawn(move || {
            let mut agent = Agent::new(cx)?;
            if let Some((id, memories)) = shared {
                agent.items.insert(Some(id), Item::Shared(memories));
            }
            agent.run(scope, directives);
            Ok(agent.finish())
        });
        self.threads.insert(name.name().to_owned(), handle);
        Ok(())
    }
}

/// An error in one line: its chain without the guest's frames.
fn told(error: &Error) -> String {
    told_lines(error).join(": ")
}

fn told_lines(error: &Error) -> Vec<String> {
    let mut lines: Vec<String> = error.chain().map(ToString::to_string).collect();
    lines.retain(|line| !line.starts_with("error while executing at wasm backtrace"));
    lines
}

/// Whether an execution ended with the trap, or other error, that the script names.
fn trapped(outcome: Result<Outcome>, expected: &str) -> Result<()> {
    let error = match outcome {
        Ok(Outcome::Core(values)) => bail!("expected a trap `{expected}`, it returns {values:?}"),
        Ok(Outcome::Component(values)) => bail!("expected a trap `{expected}`, it returns {values:?}"),
        Err(error) => error,
    };
    if told_lines(&error).iter().any(|actual| trap_matches(actual, expected)) {
        return Ok(());
    }
    Err(error.context(format!("expected a trap `{expected}`")))
}

/// Whether a trap's text is the script's, where the reference interpreter tells more than an engine knows, or less.
fn trap_matches(actual: &str, expected: &str) -> bool {
    let trap = actual.trim_start_matches("wasm trap: ");
    // One trap of tables says what calls and what other accesses are told, one behind the other.
    let access = trap.trim_start_matches("undefined element: ");
    let begins = |text: &str| [actual, trap, access].iter().any(|actual| actual.starts_with(text));
    if begins(expected) {
        return true;
    }
    let general = match expected {
        // The element's number.
        _ if expected.starts_with("uninitialized element") => "uninitialized element",
        // What kind of reference is null.
        _ if expected.starts_with("null ") && expected.ends_with(" reference") => "null reference",
        "expected shared memory" => "atomic wait on non-shared memory",
        "unreachable" => "wasm `unreachable` instruction executed",
        _ => return false,
    };
    begins(general)
}

fn key(name: Option<Id<'_>>) -> Option<String> {
    name.map(|id| id.name().to_owned())
}

fn of_name(name: Option<Id<'_>>) -> String {
    name.map(|id| format!(" `${}`", id.name())).unwrap_or_default()
}

fn directive_name(directive: &WastDirective<'_>) -> &'static str {
    let is_component =
        |wat: &QuoteWat<'_>| matches!(wat, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..));
    match directive {
        WastDirective::Module(wat) if is_component(wat) => "component",
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(wat) if is_component(wat) => "component definition",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
    }
}
