// Runs a WASI program under Node: node .ci/wasi.mjs program.wasm arguments. It sees the environment and the current folder.
// So .ci/targets runs the tests of wasm32-wasip1.
import { readFile } from 'node:fs/promises'
import { WASI } from 'node:wasi'

const [program, ...args] = process.argv.slice(2)
const here = process.cwd()
const wasi = new WASI({ version: 'preview1', args: [program, ...args], env: process.env, preopens: { [here]: here } })
const module = await WebAssembly.compile(await readFile(program))

// A program linked with a WASI library that is older than its Rust asks for threads from outside. There are none: the
// attributes of a thread may be set, and whoever starts one is told that it isn't supported.
const NOT_SUPPORTED = 58
const env = {}
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'wasi_snapshot_preview1') continue
    if (!name.startsWith('pthread_')) throw new Error(`${program} wants ${name} of ${from}`)
    env[name] = () => name.startsWith('pthread_attr_') ? 0 : NOT_SUPPORTED
}

wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport, env }))
