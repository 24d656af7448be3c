// Words are made, counted in an object, sorted and joined: what a text service in JavaScript does.

function words(seed) {
  const out = [];
  for (let i = 0, s = seed >>> 0; i < 400; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    out.push("w" + (s >>> 24).toString(36));
  }
  return out;
}

export function run(n) {
  let sum = 0;
  for (let round = 0; round < n; round++) {
    const counts = {};
    for (const word of words(round)) counts[word] = (counts[word] || 0) + 1;
    const text = Object.entries(counts)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([word, count]) => `${word}=${count}`)
      .join(",");
    for (const part of JSON.parse(JSON.stringify(text.split(",")))) {
      for (let i = 0; i < part.length; i++) sum = (Math.imul(sum, 31) + part.charCodeAt(i)) >>> 0;
    }
  }
  return sum;
}
