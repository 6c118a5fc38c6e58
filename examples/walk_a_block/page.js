'use strict'
const data = JSON.parse(document.getElementById('data').textContent)
const $ = id => document.getElementById(id)
const bytes = hex => hex.match(/../g).map(digits => parseInt(digits, 16))
const hex = byte => byte.toString(16).padStart(2, '0')
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

// AES in small, for what the page computes itself. It is checked against the trace when the page is loaded.
const sbox = bytes(data.sbox), invSbox = bytes(data['inverse sbox'])
const xtime = a => (a << 1 ^ (a >> 7) * 0x1b) & 255
const mul = (a, b) => b === 0 ? 0 : mul(xtime(a), b >> 1) ^ (b & 1) * a
const xor = (a, b) => a.map((byte, i) => byte ^ b[i])
const at = (r, c) => r + 4 * ((c + 4) % 4)
const square = f => Array.from({ length: 16 }, (_, i) => f(i % 4, i >> 2))
const matrix = { MixColumns: [2, 3, 1, 1], InvMixColumns: [14, 11, 13, 9] }
const steps = {
  SubBytes: s => s.map(byte => sbox[byte]),
  InvSubBytes: s => s.map(byte => invSbox[byte]),
  ShiftRows: s => square((r, c) => s[at(r, c + r)]),
  InvShiftRows: s => square((r, c) => s[at(r, c - r)]),
  AddRoundKey: (s, k) => xor(s, k)
}
for (const name in matrix) {
  steps[name] = s => square((r, c) => [0, 1, 2, 3].reduce((sum, i) => sum ^ mul(s[at(i, c)], matrix[name][(4 + i - r) % 4]), 0))
}

function keyExpansion(key) {
  const w = [], nk = key.length / 4
  for (let i = 0; i < nk; i++) w.push(key.slice(4 * i, 4 * i + 4))
  for (let i = nk, rcon = 1; i < 4 * (nk + 7); i++) {
    let temp = w[i - 1]
    if (i % nk === 0) {
      temp = [...temp.slice(1), temp[0]].map(byte => sbox[byte])
      temp[0] ^= rcon
      rcon = xtime(rcon)
    } else if (nk > 6 && i % nk === 4) temp = temp.map(byte => sbox[byte])
    w.push(xor(w[i - nk], temp))
  }
  return w
}

// The states after each round, from that before the first on.
function cipher(key, block) {
  const w = keyExpansion(key), nr = w.length / 4 - 1
  const roundKey = round => w.slice(4 * round, 4 * round + 4).flat()
  let state = xor(block, roundKey(0))
  const states = [state]
  for (let round = 1; round <= nr; round++) {
    state = steps.ShiftRows(steps.SubBytes(state))
    if (round < nr) state = steps.MixColumns(state)
    states.push(state = xor(state, roundKey(round)))
  }
  return states
}

function check() {
  const wrong = []
  for (const walk of data.walks) for (const step of walk.steps) {
    const key = step['round key'] && bytes(step['round key'])
    if (String(steps[step.step](bytes(step.before), key)) !== String(bytes(step.after))) {
      wrong.push(`${walk.algorithm}, round ${step.round}, ${step.step}`)
    }
  }
  const { key, input, output, 'key expansion': expansion } = data.walks[0]
  const w = keyExpansion(bytes(key))
  for (const line of expansion) if (String(w[line.i]) !== String(bytes(line['w[i]']))) wrong.push(`w[${line.i}]`)
  if (String(cipher(bytes(key), bytes(input)).at(-1)) !== String(bytes(output))) wrong.push('the ciphertext')
  $('wrong').hidden = wrong.length === 0
  $('wrong').textContent = `This page's script and the library's trace differ in: ${wrong.join('; ')}`
  document.documentElement.dataset.checked = wrong.length === 0
}

// Which bytes of the state before make byte i of that after, and what that is in words.
function sources(name, i) {
  const r = i % 4, c = i >> 2
  if (name === 'ShiftRows') return [at(r, c + r)]
  if (name === 'InvShiftRows') return [at(r, c - r)]
  return name in matrix ? [0, 1, 2, 3].map(row => at(row, c)) : [i]
}

function why(step, i) {
  const before = bytes(step.before), after = bytes(step.after), name = step.step
  const [from] = sources(name, i), place = `s[${i % 4}, ${i >> 2}]`
  if (name in matrix) {
    const factor = row => matrix[name][(4 + row - i % 4) % 4]
    const terms = [0, 1, 2, 3].map(row => [factor(row), before[at(row, i >> 2)]])
    return `${place} = ${terms.map(([f, b]) => `{${hex(f)}}•${hex(b)}`).join(' ⊕ ')} = ` +
      `${terms.map(([f, b]) => hex(mul(b, f))).join(' ⊕ ')} = ${hex(after[i])}`
  }
  if (name === 'AddRoundKey') return `${place} = ${hex(before[i])} ⊕ ${step['round key'].substr(2 * i, 2)} = ${hex(after[i])}`
  if (name.endsWith('SubBytes')) {
    const digits = hex(before[i])
    return `${place}: ${digits} is in row ${digits[0]}, column ${digits[1]} of the ${name === 'SubBytes' ? '' : 'inverse '}S-box: ${hex(after[i])}`
  }
  return `${place} is what was s[${from % 4}, ${from >> 2}]: row ${i % 4} moves by ${i % 4} to the ${name === 'ShiftRows' ? 'left' : 'right'}`
}

let walk = data.start, index = 0

function drawSquare(name, caption, state, isChanged, mark) {
  const cells = []
  for (let r = 0; r < 4; r++) for (let c = 0; c < 4; c++) {
    const i = at(r, c), cell = make('button', { textContent: hex(state[i]), type: 'button' })
    cell.dataset.i = i
    cell.setAttribute('aria-label', `${hex(state[i])}, row ${r}, column ${c}${isChanged(i) ? ', changed' : ''}`)
    for (const event of ['mouseenter', 'focus']) cell.addEventListener(event, () => mark(i))
    cell.addEventListener('blur', () => mark(null))
    cell.addEventListener('mouseleave', () => {
      mark(null)
      // What has the focus is shown again.
      if (document.activeElement.closest('#stage')) document.activeElement.dispatchEvent(new Event('focus'))
    })
    cells.push(cell)
  }
  const grid = make('div', { className: 'square', role: 'group', ariaLabel: caption }, ...cells)
  const figure = make('figure', {}, make('figcaption', { textContent: caption }), grid)
  figure.dataset.square = name
  return figure
}

// What is drawn anew has the focus where it had it before: at the same byte, or the button in the same place.
function keepFocus(act) {
  const focused = document.activeElement, group = focused?.closest('#directions, #round-buttons, #step-buttons, #stage')
  const buttons = () => [...group.querySelectorAll('button')]
  const byte = focused?.dataset.i, square = focused?.closest('figure')?.dataset.square, place = group && buttons().indexOf(focused)
  act()
  if (!group) return
  const inSquare = name => group.querySelector(`[data-square="${name}"] [data-i="${byte}"]`)
  const next = byte === undefined ? buttons()[Math.min(place, buttons().length - 1)] : inSquare(square) ?? inSquare('after')
  next?.focus()
}

function draw() {
  const { steps: all, algorithm, key, input, output } = data.walks[walk], step = all[index]
  for (const [id, text] of Object.entries({ key, input, output })) $(id).textContent = text
  $('directions').replaceChildren(...data.walks.map(({ algorithm: name }, i) => button(name, i === walk, () => go(i, 0))))
  const rounds = [...new Set(all.map(({ round }) => round))]
  $('round-buttons').replaceChildren(...rounds.map(round =>
    button(round === 0 ? 'start' : round, round === step.round, () => go(walk, all.findIndex(s => s.round === round)), 'step')))
  const back = button('‹', false, () => go(walk, index - 1)), on = button('›', false, () => go(walk, index + 1))
  for (const [element, name] of [[back, 'step back'], [on, 'next step']]) {
    element.setAttribute('aria-label', name)
    element.removeAttribute('aria-pressed')
  }
  $('step-buttons').replaceChildren(back, on, ...all.flatMap((other, i) =>
    other.round === step.round ? [button(other.step, i === index, () => go(walk, i), 'step')] : []))

  const before = bytes(step.before), after = bytes(step.after)
  const squares = {}
  const paint = (name, i, which) => squares[name].querySelector(`[data-i="${i}"]`).classList.add(which)
  const isChanged = i => after[i] !== before[i]
  const clean = () => {
    for (const cell of $('stage').querySelectorAll('button')) cell.className = ''
    after.forEach((_, i) => { if (isChanged(i)) paint('after', i, 'changed') })
  }
  const ofAfter = i => {
    clean()
    $('why').textContent = i === null ? '' : why(step, i)
    if (i === null) return
    for (const from of sources(step.step, i)) paint('before', from, 'from')
    if (squares.key) paint('key', i, 'from')
    paint('after', i, 'to')
  }
  const ofBefore = i => {
    clean()
    $('why').textContent = ''
    if (i === null) return
    paint('before', i, 'from')
    const goes = after.map((_, to) => to).filter(to => sources(step.step, to).includes(i))
    for (const to of goes) paint('after', to, 'to')
    $('why').textContent = goes.length === 1 ? why(step, goes[0]) : `${hex(before[i])} is in all four bytes of its column.`
  }
  const { 'round key': roundKey, 'round key is': words, "round key's number": number } = step
  squares.before = drawSquare('before', 'before', before, () => false, ofBefore)
  if (roundKey) {
    const mixed = algorithm === 'EqInvCipher' && number % (rounds.length - 1) !== 0 ? ' = InvMixColumns of w' : ''
    squares.key = drawSquare('key', `⊕ ${words}${mixed}`, bytes(roundKey), () => false, ofAfter)
  }
  squares.after = drawSquare('after', 'after', after, isChanged, ofAfter)
  $('stage').replaceChildren(...[squares.before, squares.key, make('span', { id: 'sign', textContent: '→' }), squares.after].filter(Boolean))
  clean()
  $('why').textContent = ''
  $('here').textContent = `${algorithm}, round ${step.round} of ${rounds.length - 1}, ${step.step}`
  document.querySelectorAll('#words .word').forEach((word, i) => word.classList.toggle('in-use', i >> 2 === number))
  document.documentElement.dataset.step = `${algorithm} ${step.round} ${step.step}`
}

function button(text, current, act, kind) {
  const element = make('button', { textContent: text, type: 'button', onclick: act })
  if (kind) { if (current) element.setAttribute('aria-current', kind) } else element.setAttribute('aria-pressed', current)
  return element
}

function go(toWalk, toIndex) {
  walk = toWalk
  index = Math.max(0, Math.min(toIndex, data.walks[walk].steps.length - 1))
  keepFocus(draw)
}

function toRound(by) {
  const all = data.walks[walk].steps, to = all.findIndex(({ round }) => round === all[index].round + by)
  if (to >= 0) go(walk, to)
}

// Up and down scroll, unless what they move has the focus.
addEventListener('keydown', event => {
  const focused = document.activeElement
  const here = focused.closest('#directions, #round-buttons, #step-buttons, #stage')
  const acts = { ArrowRight: () => go(walk, index + 1), ArrowLeft: () => go(walk, index - 1) }
  if (here) Object.assign(acts, { ArrowDown: () => toRound(1), ArrowUp: () => toRound(-1) })
  const act = acts[event.key]
  if (!act || !here && focused !== document.body || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  act()
})

// A grid is one stop for Tab, and arrows go about in it.
function rove(grid, columns) {
  const buttons = [...grid.querySelectorAll('button')]
  buttons.forEach((element, i) => {
    element.tabIndex = i === 0 ? 0 : -1
    element.onfocus = () => buttons.forEach(other => { other.tabIndex = other === element ? 0 : -1 })
    element.onkeydown = event => {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
      if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      event.stopPropagation()
      buttons[i + by]?.focus()
    }
  })
}

// A round key a row.
function drawWords() {
  const { key, 'key expansion': expansion } = data.walks[0]
  const given = key.length / 8
  const words = [...key.match(/.{8}/g), ...expansion.map(line => line['w[i]'])]
  const show = i => {
    const line = expansion[i - given]
    buttons.forEach(({ classList }, other) => {
      classList.toggle('to', other === i)
      classList.toggle('from', line !== undefined && (other === i - 1 || other === i - given))
    })
    if (!line) {
      $('word-why').textContent = `w[${i}] is a part of the key.`
      return
    }
    const parts = [`temp = w[${i - 1}] = ${line.temp}`]
    for (const name of ['after RotWord', 'after SubWord', 'Rcon', 'after Rcon']) if (line[name]) parts.push(`${name}: ${line[name]}`)
    parts.push(`w[${i}] = w[${i - given}] ⊕ that = ${line['w[i-Nk]']} ⊕ ${line['after Rcon'] ?? line['after SubWord'] ?? line.temp} = ${line['w[i]']}`)
    $('word-why').textContent = parts.join('; ')
  }
  const buttons = words.map((word, i) => {
    const element = make('button', { className: 'word', textContent: word, type: 'button' })
    element.setAttribute('aria-label', `w[${i}] = ${word}`)
    element.classList.toggle('substituted', Boolean(expansion[i - given]?.['after SubWord']))
    for (const event of ['mouseenter', 'focus']) element.addEventListener(event, () => show(i))
    return element
  })
  $('words').replaceChildren(...buttons.flatMap((element, i) =>
    i % 4 === 0 ? [make('span', { className: 'dim', textContent: i / 4 }), element] : [element]))
  rove($('words'), 4)
}

const flipped = { plaintext: new Set(), key: new Set() }

function drawBits() {
  const start = { plaintext: bytes(data.walks[0].input), key: bytes(data.walks[0].key) }
  const flip = name => start[name].map((byte, i) => [0, 1, 2, 3, 4, 5, 6, 7].reduce((b, bit) => b ^ flipped[name].has(8 * i + bit) << 7 - bit, byte))
  for (const name in start) {
    $(`${name}-bits`).replaceChildren(...flip(name).flatMap((byte, i) => [0, 1, 2, 3, 4, 5, 6, 7].map(bit => {
      const number = 8 * i + bit, cell = make('button', { textContent: byte >> 7 - bit & 1, type: 'button' })
      cell.classList.toggle('flipped', flipped[name].has(number))
      cell.setAttribute('aria-label', `bit ${number} of the ${name}`)
      cell.setAttribute('aria-pressed', flipped[name].has(number))
      cell.onclick = () => {
        if (!flipped[name].delete(number)) flipped[name].add(number)
        drawBits()
        $(`${name}-bits`).children[number].focus()
      }
      return cell
    })))
    rove($(`${name}-bits`), 8)
  }
  const there = cipher(start.key, start.plaintext), other = cipher(flip('key'), flip('plaintext'))
  const count = flipped.plaintext.size + flipped.key.size
  $('flips').textContent = count === 1 ? '1 bit is flipped' : `${count} bits are flipped`
  const style = getComputedStyle(document.documentElement)
  $('rounds').replaceChildren(...there.map((state, round) => {
    const difference = xor(state, other[round])
    const canvas = make('canvas', { width: 8, height: 16 }), picture = canvas.getContext('2d')
    let distance = 0
    difference.forEach((byte, i) => {
      for (let bit = 0; bit < 8; bit++) {
        const differs = byte >> 7 - bit & 1
        distance += differs
        picture.fillStyle = style.getPropertyValue(differs ? '--flipped' : '--cell')
        picture.fillRect(bit, i, 1, 1)
      }
    })
    const text = `${round === 0 ? 'start' : `round ${round}`}: ${distance}`
    canvas.setAttribute('role', 'img')
    canvas.setAttribute('aria-label', `${text} of 128 bits differ`)
    return make('figure', { className: 'distance' }, make('figcaption', { textContent: text }), canvas)
  }))
}
$('unflip').onclick = () => {
  flipped.plaintext.clear()
  flipped.key.clear()
  drawBits()
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawBits)

check()
drawWords()
draw()
drawBits()
