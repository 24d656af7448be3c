//! The same verdict as wasmparser's, over bodies that fit, that nearly fit, and that do not.

use super::*;
use crate::func_types::FuncTypesBuilder;
use crate::module::Bytes;
use crate::parse::builder::ModuleBuilder;
use crate::parse::features::{Features, Proposal, section_features};
use alloc::vec;
use wasmparser::{
    FuncToValidate, FuncValidator, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

/// One of each kind of thing, and two where they may differ.
const TEXT: &str = r#"(module
    (type (func))
    (type $f (func (param i32) (result i32)))
    (type (func (param i32 i64) (result f32 f64)))
    (type (func (param i32 i64) (result i32 i64)))
    (type (func (param funcref) (result externref)))
    (type (func (param (ref $f)) (result (ref null $f))))
    (type (func (param v128) (result v128)))
    (type (func (result i32 exnref)))
    (type (func (result i32 (ref exn))))
    (type (func (result i32 i64)))
    (type (func (param i32) (result i64)))
    (type $all (func (param i32 i64 f32 f64 v128 funcref externref (ref null $f) (ref $f) exnref (ref null 0))))
    (type (func (param i32 (ref null $f)) (result i32 (ref $f))))
    (type (func (result (ref func))))
    (import "" "f" (func (type 1)))
    (import "" "g" (global i32))
    (func (type $all) data.drop 0)
    (func (type 0))
    (func (type 1) local.get 0)
    (func (type 2) unreachable)
    (func (type 3) unreachable)
    (func (type 5) local.get 0)
    (func (type 9) unreachable)
    (func (type 12) unreachable)
    (func (type 7) unreachable)
    (table 1 funcref)
    (table i64 1 externref)
    (table 1 (ref null $f))
    (table i64 1 funcref)
    (table 1 1 (ref $f) (ref.func 0))
    (table 1 exnref)
    (memory 1)
    (memory i64 1)
    (memory 1 1 shared)
    (memory 1 (pagesize 1))
    (tag)
    (tag (param i32 i64))
    (tag (param i32))
    (tag (param (ref $f)))
    (global (mut i32) i32.const 0)
    (global (mut i64) i64.const 0)
    (global (mut f32) f32.const 0)
    (global f64 f64.const 0)
    (global (mut v128) v128.const i64x2 0 0)
    (global (mut funcref) ref.null func)
    (global (mut (ref $f)) ref.func 0)
    (global (mut exnref) ref.null exn)
    (elem func 0 1 2)
    (elem (ref null $f) (ref.null $f))
    (elem externref (ref.null extern))
    (elem declare func 5)
    (data "one")
    (data "two")
)"#;

/// What is after the sections of a module and before its bodies, on both sides.
struct Sides {
    builder: ModuleBuilder,
    types: FuncTypesBuilder,
    data_count: Option<u32>,
    resources: ValidatorResources,
    bodies: Bodies,
    allocations: FuncValidatorAllocations,
}

impl Sides {
    fn new(text: &str) -> Self {
        let bytes = wat::parse_str(text).expect("the text is right");
        let mut validator = Validator::new_with_features(section_features(Features::supported().wasmparser()));
        let mut types = FuncTypesBuilder::default();
        let mut builder = ModuleBuilder::new(Bytes::Shared(bytes.clone().into()));
        let mut data_count = None;
        for payload in Parser::new(0).parse_all(&bytes) {
            let payload = payload.expect("sections can be read");
            if let Payload::DataCountSection { count, .. } = payload {
                data_count = Some(count);
            }
            if let ValidPayload::Func(func, _) = validator.payload(&payload).expect("sections are valid") {
                let (bodies, allocations) = Default::default();
                return Self { builder, types, data_count, resources: func.resources, bodies, allocations };
            }
            builder.payload(&payload, &mut types).expect("sections are supported");
        }
        unreachable!("there is a body")
    }

    /// Their validator for a function with these features.
    fn validator(&mut self, func: u32, features: WasmFeatures) -> FuncValidator<ValidatorResources> {
        use wasmparser::WasmModuleResources;
        let ty = self.resources.type_index_of_function(func).expect("it is there");
        let func = FuncToValidate { resources: self.resources.clone(), index: func, ty, features };
        func.into_validator(core::mem::take(&mut self.allocations))
    }

    /// The verdict on a body, from its locals on, which is the same on both sides.
    #[track_caller]
    fn verdict(&mut self, func: u32, body: &[u8], features: WasmFeatures) -> bool {
        let parsed = FunctionBody::new(BinaryReader::new(body, 1000));
        let mut validator = self.validator(func, features);
        let theirs = validator.validate(&parsed);
        self.allocations = validator.into_allocations();
        let cx = Context { module: &self.builder, types: &self.types, features, data_count: self.data_count };
        let ours = self.bodies.check(cx, FuncIndex::from_u32(func), &parsed);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{body:x?} of {func}, {features:?}: {ours:?}, theirs {theirs:?}");
        theirs.is_ok()
    }
}

/// Numbers that are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }

    fn byte(&mut self, end: usize) -> u8 {
        self.below(end) as u8
    }
}

fn on() -> WasmFeatures {
    Features::supported().wasmparser()
}

const PROPOSALS: [Proposal; 14] = [
    Proposal::BulkMemory,
    Proposal::MultiValue,
    Proposal::ReferenceTypes,
    Proposal::Simd,
    Proposal::RelaxedSimd,
    Proposal::TailCall,
    Proposal::ExtendedConst,
    Proposal::FunctionReferences,
    Proposal::MultiMemory,
    Proposal::Memory64,
    Proposal::Threads,
    Proposal::Exceptions,
    Proposal::CustomPageSizes,
    Proposal::WideArithmetic,
];

fn without(proposal: Proposal) -> WasmFeatures {
    let mut features = Features::supported();
    features.set(proposal, false);
    features.wasmparser()
}

const BLOCK_TYPES: &[&[u8]] = &[
    &[0x40],
    &[0x7f],
    &[0x7e],
    &[0x7b],
    &[0x70],
    &[0x6f],
    &[0x69],
    &[0x74],
    &[0x71],
    &[0x63, 1],
    &[0x64, 1],
    &[0x64, 99],
    &[0x64, 0x70],
    &[0],
    &[1],
    &[2],
    &[3],
    &[5],
    &[7],
    &[9],
    &[10],
    &[12],
    &[13],
    &[14],
    &[99],
];

const CATCHES: &[&[u8]] = &[
    &[0],
    &[1, 0, 0, 0],
    &[1, 0, 1, 1],
    &[1, 0, 2, 0],
    &[1, 1, 0, 0],
    &[1, 1, 2, 0],
    &[1, 2, 0],
    &[1, 3, 0],
    &[2, 0, 9, 0, 2, 0],
    &[1, 0, 3, 0],
    &[2, 3, 0, 2, 1],
];

/// The operators as bytes, each with many immediates.
fn operators() -> Vec<Vec<Vec<u8>>> {
    let plain = |code: &[u8]| vec![code.to_vec()];
    let each = |code: &[u8], immediates: &[&[u8]]| -> Vec<Vec<u8>> {
        immediates.iter().map(|immediate| [code, immediate].concat()).collect()
    };
    let index = |code: &[u8]| -> Vec<Vec<u8>> { (0..12).map(|i| [code, &[i]].concat()).collect() };
    let indices = |code: &[u8], first: u8| -> Vec<Vec<u8>> {
        (0..first).flat_map(|i| (0..7).map(move |k| [i, k])).map(|two| [code, &two].concat()).collect()
    };
    let access = |code: &[u8], tail: &[&[u8]]| -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for place in [&[0][..], &[0x40, 1], &[0x40, 2], &[0x40, 9]] {
            for align in [0, 1, 2, 3, 4, 5, 16, 32] {
                for tail in tail {
                    all.push([code, &[place[0] | align], &place[1..], &[8], tail].concat());
                }
            }
            for offset in [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &[0x80, 0x80, 0x80, 0x80, 0x10]] {
                all.push([code, place, offset, tail[0]].concat());
            }
        }
        all
    };
    let lanes: &[&[u8]] = &[&[0], &[1], &[2], &[3], &[4], &[7], &[8], &[15], &[16], &[255]];
    let mut all = Vec::new();
    for code in 0..=0xff_u8 {
        all.push(match code {
            0x02..=0x04 => each(&[code], BLOCK_TYPES),
            // Blocks are closed by those that make bodies of operators.
            0x05 | 0x0b | 0xfb.. => continue,
            0x08 | 0x0c | 0x0d | 0x10 | 0x12 | 0x14 | 0x15 | 0x20..=0x26 | 0x3f | 0x40 => index(&[code]),
            0xd2 | 0xd5 | 0xd6 => index(&[code]),
            0x0e => each(&[code], &[&[0, 0], &[1, 0, 0], &[2, 0, 1, 0], &[1, 1, 1], &[1, 9, 0], &[0, 9], &[9]]),
            0x11 | 0x13 => indices(&[code], 14),
            0x1c => each(
                &[code],
                &[&[0], &[1, 0x7f], &[1, 0x7b], &[1, 0x70], &[1, 0x63, 1], &[1, 0x64, 99], &[2, 0x7f, 0x7f], &[99]],
            ),
            0x1f => BLOCK_TYPES
                .iter()
                .flat_map(|ty| CATCHES.iter().map(move |catches| [&[code], *ty, *catches].concat()))
                .collect(),
            0x28..=0x3e => access(&[code], &[&[]]),
            0x41 | 0x42 => plain(&[code, 5]),
            0x43 => plain(&[code, 0, 0, 0, 0]),
            0x44 => plain(&[code, 0, 0, 0, 0, 0, 0, 0, 0]),
            0xd0 => each(
                &[code],
                &[&[0x70], &[0x6f], &[0x69], &[0x74], &[0x73], &[0x72], &[0x6e], &[1], &[0], &[99], &[0x65, 0x70]],
            ),
            _ => plain(&[code]),
        });
    }
    for code in 0..0x20 {
        all.push(match code {
            8 | 10 | 12 | 14 => indices(&[0xfc, code], 7),
            9 | 11 | 13 | 15..=18 => index(&[0xfc, code]),
            _ => plain(&[0xfc, code]),
        });
    }
    for code in 0..0x118_u16 {
        let code = [0xfd, code as u8 | 0x80, (code >> 7) as u8];
        all.push(match u16::from(code[1] & 0x7f) | u16::from(code[2]) << 7 {
            0..=11 | 0x5c | 0x5d => access(&code, &[&[]]),
            12 => plain(&[&code[..], &[0; 16]].concat()),
            13 => each(&code, &[&[31; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32], &[255; 16]]),
            0x15..=0x22 => each(&code, lanes),
            0x54..=0x5b => access(&code, lanes),
            _ => plain(&code),
        });
    }
    for code in 0..0x60 {
        all.push(match code {
            3 => each(&[0xfe, code], &[&[0], &[1]]),
            4 => plain(&[0xfe, code]),
            0x4f.. => each(&[0xfe, code], &[&[0, 0], &[0, 0, 0]]),
            _ => access(&[0xfe, code], &[&[]]),
        });
    }
    all
}

/// Whether an operator opens a block.
fn opens(operator: &[u8]) -> bool {
    matches!(operator[0], 0x02..=0x04 | 0x1f)
}

/// A body without locals of function 1: parameters as operands, an operator, a parameter that takes the result's place.
fn body(operands: &[u8], operator: &[u8], result: Option<u8>) -> Vec<u8> {
    let mut body = vec![0];
    operands.iter().for_each(|&operand| body.extend([0x20, operand]));
    body.extend(operator);
    if let Some(result) = result {
        body.extend([0x21, result]);
    }
    body.push(0x00);
    if opens(operator) {
        body.push(0x0b);
    }
    body.push(0x0b);
    body
}

/// Parameters of type `$all`.
const TYPES: u8 = 11;

/// Up to three operands of all types; the parameters are those of type `$all`.
fn operands() -> Vec<Vec<u8>> {
    let mut all = vec![vec![]];
    for from in [0..1, 1..12, 12..133] {
        for i in from {
            all.extend((0..TYPES).map(|operand| [&all[i][..], &[operand]].concat()).collect::<Vec<_>>());
        }
    }
    all.push(vec![1; 4]);
    all
}

/// Each operator with each immediate and all operands, what it leaves, and what is off.
#[test]
fn each_operator() {
    let mut sides = Sides::new(TEXT);
    let (mut asked, mut right, operands) = (0, 0, operands());
    for forms in operators() {
        for (nth, operator) in forms.iter().enumerate() {
            // Immediates are many: all operands for the first few, some for the others.
            let step = if nth < 3 { 1 } else { 1 + forms.len() / 10 };
            for operands in operands.iter().skip(nth % step).step_by(step) {
                asked += 1;
                if !sides.verdict(1, &body(operands, operator, None), on()) {
                    continue;
                }
                right += 1;
                for result in 0..TYPES {
                    sides.verdict(1, &body(operands, operator, Some(result)), on());
                }
                for proposal in PROPOSALS.into_iter().filter(|_| operands.len() < 2 || nth == 0) {
                    sides.verdict(1, &body(operands, operator, None), without(proposal));
                }
            }
        }
    }
    assert!(right > 20_000 && asked > 200_000, "{right} of {asked} are valid");
}

/// Branches, calls that do not return and handlers, in blocks of all types.
#[test]
fn branches() {
    let mut sides = Sides::new(TEXT);
    let (mut right, operands) = (0, operands());
    for forms in operators().iter().filter(|forms| matches!(forms[0][0], 0x08..=0x15 | 0x1f | 0xd5 | 0xd6)) {
        for operator in forms.iter().take(if opens(&forms[0]) { usize::MAX } else { 30 }) {
            let few = if opens(operator) { 1 } else { 133 };
            for (operands, ty) in operands[..few].iter().flat_map(|it| BLOCK_TYPES.iter().map(move |ty| (it, *ty))) {
                for open in [0x02, 0x03] {
                    // The block's own parameters come from nowhere.
                    let mut code = [&[0, 0x00, open], ty].concat();
                    code.extend(&body(operands, operator, None)[1..]);
                    code.extend([0x00, 0x0b]);
                    right += usize::from(sides.verdict(1, &code, on()));
                }
            }
        }
    }
    assert!(right > 10_000, "{right} are valid");
}

/// A body that grows by operators that fit, mostly.
fn grown(sides: &mut Sides, numbers: &mut Numbers, all: &[Vec<Vec<u8>>], func: u32) -> Vec<u8> {
    const LOCALS: &[&[u8]] = &[
        &[0],
        &[2, 1, 0x64, 1, 2, 0x7f],
        &[6, 1, 0x7f, 1, 0x7e, 2, 0x64, 1, 1, 0x7d, 1, 0x7c, 1, 0x64, 0x70],
        &[5, 0, 0x7f, 3, 0x7b, 1, 0x70, 1, 0x69, 2, 0x63, 1],
    ];
    let mut body = LOCALS[numbers.below(LOCALS.len())].to_vec();
    let mut validator = sides.validator(func, on());
    validator.read_locals(&mut BinaryReader::new(&body, 1000)).expect("they are right");
    let mut misses = 0;
    for _ in 0..numbers.below(60) {
        let chosen = match numbers.below(12) {
            0 => vec![0x0b],
            1 => vec![0x05],
            2..=4 => vec![0x20, numbers.byte(14)],
            5 => vec![0x21 + numbers.byte(2), numbers.byte(14)],
            _ => {
                let end = [200, all.len()][numbers.below(2)];
                let forms = &all[numbers.below(end)];
                forms[numbers.below(forms.len())].clone()
            }
        };
        let mut tried = validator.clone();
        let mut reader = BinaryReader::new(&chosen, 1000);
        reader.set_features(on());
        let fits = matches!(reader.visit_operator(&mut tried.visitor(1000)), Ok(Ok(())));
        if fits && tried.control_stack_height() > 0 {
            validator = tried;
            body.extend(chosen);
            continue;
        }
        misses += 1;
        if misses % 97 == 0 {
            body.extend(chosen);
            break;
        }
    }
    for _ in 0..validator.control_stack_height() {
        if numbers.below(3) > 0 {
            body.push(0x00);
        }
        body.push(0x0b);
    }
    body
}

/// Bodies that were grown, then cut, and then with bytes exchanged.
#[test]
fn grown_and_spoilt() {
    let mut sides = Sides::new(TEXT);
    let (mut numbers, all) = (Numbers(1), operators());
    let (mut asked, mut right) = (0, 0);
    for nth in 0..30_000 {
        let func = 1 + numbers.below(9) as u32;
        let body = grown(&mut sides, &mut numbers, &all, func);
        let valid = sides.verdict(func, &body, on());
        (asked, right) = (asked + 1, right + usize::from(valid));
        sides.verdict(func, &body, without(PROPOSALS[nth % PROPOSALS.len()]));
        for _ in 0..8 {
            let mut spoilt = body.clone();
            for _ in 0..1 + numbers.below(2) {
                let (at, byte) = (numbers.below(spoilt.len()), numbers.byte(256));
                match numbers.below(8) {
                    0 => drop(spoilt.remove(at)),
                    1 => spoilt.insert(at, byte),
                    2 => spoilt.truncate(at + 1),
                    3..=5 => spoilt[at] = byte % 16,
                    _ => spoilt[at] = byte,
                }
                if spoilt.is_empty() {
                    spoilt.push(0);
                }
            }
            asked += 1;
            right += usize::from(sides.verdict(func, &spoilt, on()));
        }
    }
    assert!(right > 20_000 && asked > 200_000, "{right} of {asked} are valid");
}

/// What stands at the edges: of a body, of locals, of sections that are not there.
#[test]
fn edges() {
    let mut sides = Sides::new(TEXT);
    let mut check = |body: &[u8], wanted: bool| {
        assert_eq!(sides.verdict(2, body, on()), wanted, "{body:x?}");
    };
    check(&[], false);
    check(&[0], false);
    check(&[0, 0x0b], true);
    check(&[0, 0x0b, 0x0b], false);
    check(&[0, 0x01], false);
    check(&[0, 0x05, 0x0b], false);
    check(&[0, 0x02, 0x40, 0x05, 0x0b, 0x0b], false);
    check(&[0, 0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b, 0x0b], false);
    check(&[1, 0xd0, 0x86, 0x03, 0x7f, 0x0b], true);
    check(&[1, 0xd1, 0x86, 0x03, 0x7f, 0x0b], false);
    check(&[2, 0xd0, 0x86, 0x03, 0x7f, 1, 0x7f, 0x0b], false);
    check(&[2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 1, 0x7f, 0x0b], false);
    check(&[0x80, 0x80, 0x04, 0x0b], false);
    check(&[1, 0, 0x7f, 0x0b], true);
    check(&[1, 0, 0x64, 99, 0x0b], false);
    check(&[2, 0xcf, 0x86, 0x03, 0x7f, 1, 0x64, 1, 0x20, 0xcf, 0x86, 3, 0x1a, 0x0b], false);
    // A local without a default: set, read behind the block in which it was set, set before.
    check(&[1, 1, 0x64, 1, 0xd2, 0, 0x21, 0, 0x20, 0, 0x1a, 0x0b], true);
    check(&[1, 1, 0x64, 1, 0x02, 0x40, 0xd2, 0, 0x21, 0, 0x0b, 0x20, 0, 0x1a, 0x0b], false);
    check(&[1, 1, 0x64, 1, 0xd2, 0, 0x21, 0, 0x02, 0x40, 0x20, 0, 0x1a, 0x0b, 0x0b], true);
    // A branch table with labels of several depths.
    check(&[0, 0x02, 0x40, 0x41, 0, 0x0e, 2, 0, 1, 1, 0x0b, 0x0b], true);
    check(&[0, 0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0e, 2, 0, 1, 1, 0x0b, 0x1a, 0x0b], false);
    check(&[0, 0x0c, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b], false);
}

/// Without sections there is nothing to name.
#[test]
fn nothing_there() {
    let mut sides = Sides::new("(module (func (param i32 i64 f32 f64 v128 funcref externref)))");
    for operator in operators().iter().flatten() {
        for operands in [&[][..], &[0], &[0, 0], &[0, 0, 0], &[0, 1], &[1, 0]] {
            sides.verdict(0, &body(operands, operator, None), on());
        }
    }
}
