//! Long numbers: 64-bit products with carries, division by digits, powers modulo a number, and π to 240 digits.

use programs::{mix, Numbers};

/// Digits in base 2³², the least first.
type Number = Vec<u32>;

fn multiply(a: &[u32], b: &[u32]) -> Number {
    let mut product = vec![0; a.len() + b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut carry = 0_u64;
        for (j, y) in b.iter().enumerate() {
            let sum = u64::from(*x) * u64::from(*y) + u64::from(product[i + j]) + carry;
            product[i + j] = sum as u32;
            carry = sum >> 32;
        }
        product[i + b.len()] = carry as u32;
    }
    product
}

/// Divides in place and gives the remainder.
fn divide(number: &mut [u32], by: u32) -> u32 {
    number.iter_mut().rev().fold(0_u64, |rest, digit| {
        let value = rest << 32 | u64::from(*digit);
        *digit = (value / u64::from(by)) as u32;
        value % u64::from(by)
    }) as u32
}

fn power(base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let times = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64;
    let (mut result, mut square) = (1, base % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    result
}

/// π by Machin's formula, in fixed point.
fn pi() -> Number {
    const DIGITS: usize = 26;
    let arctangent = |x: u32, factor: u32| {
        let mut term = vec![0; DIGITS];
        term[DIGITS - 1] = factor;
        divide(&mut term, x);
        let (mut sum, mut k) = (term.clone(), 1);
        while term.iter().any(|digit| *digit != 0) {
            divide(&mut term, x * x);
            let mut part = term.clone();
            divide(&mut part, 2 * k + 1);
            let mut carry = 0_i64;
            for (digit, other) in sum.iter_mut().zip(&part) {
                let sign = if k % 2 == 1 { -1 } else { 1 };
                carry += i64::from(*digit) + sign * i64::from(*other);
                *digit = carry as u32;
                carry >>= 32;
            }
            k += 1;
        }
        sum
    };
    let (mut pi, less) = (arctangent(5, 16), arctangent(239, 4));
    let mut carry = 0_i64;
    for (digit, other) in pi.iter_mut().zip(&less) {
        carry += i64::from(*digit) - i64::from(*other);
        *digit = carry as u32;
        carry >>= 32;
    }
    pi
}

fn round(i: u32) -> u32 {
    let mut numbers = Numbers::from(i + 101);
    let mut product: Number = vec![1];
    (0..90).for_each(|_| product = multiply(&product, &[numbers.next(), numbers.next() | 1]));
    let mut sum = product.iter().fold(0, |sum, digit| mix(sum, *digit));
    (0..200).for_each(|_| sum = mix(sum, divide(&mut product, 1_000_000_007)));
    for _ in 0..20 {
        let base = u64::from(numbers.next()) << 32 | u64::from(numbers.next());
        sum = mix(sum, power(base, 0xffff_ffff_ffff_fffe, 0xffff_ffff_ffff_ffc5) as u32);
    }
    pi().iter().fold(sum, |sum, digit| mix(sum, *digit))
}

programs::rounds!(round);
