"""The same as work.js, and the same answer, in Python."""

import json


def words(seed):
    out = []
    for _ in range(400):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append("w" + base36(seed >> 24))
    return out


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if number == 0:
            return digits


class WitWorld:
    def run(self, n: int) -> int:
        total = 0
        for round in range(n):
            counts = {}
            for word in words(round):
                counts[word] = counts.get(word, 0) + 1
            ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            text = ",".join(f"{word}={count}" for word, count in ranked)
            for part in json.loads(json.dumps(text.split(","))):
                for char in part:
                    total = (total * 31 + ord(char)) & 0xFFFFFFFF
        return total
