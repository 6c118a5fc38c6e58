"""walk_a_block's page in a real browser:

    python walk_a_block.py PROGRAM FOLDER

PROGRAM is the built example. The page, and screenshots of it, are left in FOLDER. Needs selenium, chromium and its driver.
"""
import json
import pathlib
import shutil
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

program, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
root = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def trace(*arguments):
    return json.loads(run('--json', *arguments))


def browser():
    options = webdriver.ChromeOptions()
    for argument in ['--headless=new', '--no-sandbox', '--disable-gpu', '--window-size=1100,1000']:
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    options.binary_location = shutil.which('chromium') or shutil.which('google-chrome')
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which('chromedriver')))


def shown(driver):
    """Which step this is, and the bytes of all squares on the stage, each in the order of the block."""
    return driver.execute_script('''
        const bytes = figure => Array.from({length: 16}, (_, i) => figure.querySelector(`[data-i="${i}"]`).textContent).join('')
        return [document.documentElement.dataset.step, ...Array.from(document.querySelectorAll('#stage .square'), bytes)]''')


def press(driver, key):
    driver.find_element(By.TAG_NAME, 'body').send_keys(key)


def step_through(driver, expected):
    """From the first step to the last and back again by keyboard; the states are the expected ones."""
    steps = expected['steps']
    words = driver.execute_script('return Array.from(document.querySelectorAll("#words .word"), word => word.textContent)')
    for step in steps:
        at = f"{expected['algorithm']} {step['round']} {step['step']}"
        squares = [step['before'], step['round key'], step['after']]
        assert shown(driver) == [at, *filter(None, squares)], (at, shown(driver))
        named(driver, step, words)
        press(driver, Keys.ARROW_RIGHT)
    press(driver, Keys.ARROW_LEFT * len(steps))
    driver.find_elements(By.CSS_SELECTOR, '#round-buttons button')[0].click()
    for number in range(1, expected['rounds'] + 1):
        driver.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
        assert shown(driver)[0].split(' ')[1] == str(number), shown(driver)
    return len(steps)


def named(driver, step, words):
    """The words of a round key are named, those of w in a frame, and with dw it is said what that is."""
    framed = driver.execute_script(
        'return Array.from(document.querySelectorAll("#words .in-use"), word => word.textContent)')
    if not step['round key']:
        assert framed == [], step
        return
    caption = driver.execute_script('return document.querySelector("[data-square=key] figcaption").textContent')
    number = step["round key's number"]
    assert framed == words[4 * number:4 * number + 4], step
    mixed = step['round key'] != ''.join(framed)
    assert caption == f"⊕ {step['round key is']}{' = InvMixColumns of w' if mixed else ''}", caption


def appendix_b(expected):
    """That the trace is the standard's figure, as it is printed there."""
    with open(root / 'vectors/fips197/cipher_example_b.json') as file:
        rounds = json.load(file)['rounds']
    names = {'s_box': 'SubBytes', 's_row': 'ShiftRows', 'm_col': 'MixColumns'}
    for record in rounds:
        steps = {step['step']: step for step in expected['steps'] if step['round'] == record['round']}
        for name, step in names.items():
            assert record.get(name, '') == (steps[step]['after'] if step in steps else ''), record
        assert record['k_sch'] == steps['AddRoundKey']['round key'], record


def states(walk):
    """After each round, from the first AddRoundKey on."""
    last = {step['round']: step['after'] for step in walk['steps']}
    return [int(last[number], 16) for number in sorted(last)]


def distances(driver):
    captions = driver.execute_script(
        'return Array.from(document.querySelectorAll(".distance figcaption"), caption => caption.textContent)')
    return [int(caption.split(': ')[1]) for caption in captions]


def avalanche(driver, walk):
    """Bits that are flipped in the page make the differences that the library's traces have."""
    assert distances(driver) == [0] * (walk['rounds'] + 1)
    for name, bit in [('plaintext', 77), ('key', 5)]:
        driver.find_elements(By.CSS_SELECTOR, f'#{name}-bits button')[bit].click()
        key, block = int(walk['key'], 16), int(walk['input'], 16)
        if name == 'plaintext':
            block ^= 1 << 127 - bit
        else:
            key ^= 1 << len(walk['key']) * 4 - 1 - bit
        other = trace('--key', f"{key:0{len(walk['key'])}x}", '--block', f'{block:032x}')
        expected = [bin(a ^ b).count('1') for a, b in zip(states(walk), states(other))]
        assert distances(driver) == expected, (name, distances(driver), expected)
        assert expected[0] == 1 and expected[-1] > 30
        driver.find_element(By.ID, 'unflip').click()
    driver.find_elements(By.CSS_SELECTOR, '#plaintext-bits button')[77].click()


def hover(driver):
    """A byte of MixColumns comes from the four of its column, and goes to four."""
    driver.find_elements(By.CSS_SELECTOR, '#round-buttons button')[1].click()
    driver.find_elements(By.CSS_SELECTOR, '#step-buttons button')[4].click()
    marked = '''return ['from', 'to'].map(mark => Array.from(document.querySelectorAll('#stage .' + mark),
        cell => [cell.closest('figure').dataset.square, Number(cell.dataset.i)]))'''
    column = [4, 5, 6, 7]
    of_after = [[['before', i] for i in column], [['after', 5]]]
    of_before = [[['before', 5]], [['after', i] for i in column]]
    byte = {name: driver.find_element(By.CSS_SELECTOR, f'[data-square="{name}"] [data-i="5"]') for name in ['before', 'after']}
    for name, expected in [('after', of_after), ('before', of_before)]:
        ActionChains(driver).move_to_element(byte[name]).perform()
        assert driver.execute_script(marked) == expected, name
    assert driver.find_element(By.ID, 'why').text
    # What has the focus is marked again when the mouse goes away.
    driver.execute_script('arguments[0].focus()', byte['after'])
    ActionChains(driver).move_to_element(byte['before']).perform()
    ActionChains(driver).move_to_element(driver.find_element(By.TAG_NAME, 'h1')).perform()
    assert driver.execute_script(marked) == of_after
    driver.execute_script('document.activeElement.blur()')
    assert driver.execute_script(marked) == [[], []]


def focus_stays(driver):
    """Who goes through the bytes by Tab and through the steps by arrows is still at the same byte."""
    driver.find_elements(By.CSS_SELECTOR, '#round-buttons button')[1].click()
    driver.execute_script('document.querySelector("#stage [data-i=\'5\']").focus()')
    for key in [Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN]:
        driver.switch_to.active_element.send_keys(key)
        byte = driver.switch_to.active_element
        square = byte.find_element(By.XPATH, 'ancestor::figure')
        assert byte.get_attribute('data-i') == '5' and square.get_attribute('data-square') == 'before', key
        assert driver.find_element(By.ID, 'why').text
    driver.find_elements(By.CSS_SELECTOR, '#step-buttons button')[3].send_keys(Keys.ENTER)
    assert driver.switch_to.active_element.text == 'ShiftRows'


def grids(driver):
    """256 bits are two stops for Tab, and arrows go about among them; elsewhere up and down scroll."""
    stops = driver.execute_script('return document.querySelectorAll("button:not([tabindex=\'-1\'])").length')
    assert stops < 80, stops
    at = shown(driver)
    bits = driver.find_elements(By.CSS_SELECTOR, '#plaintext-bits button')
    driver.execute_script('arguments[0].focus()', bits[0])
    for key, number in [(Keys.ARROW_RIGHT, 1), (Keys.ARROW_DOWN, 9), (Keys.ARROW_LEFT, 8), (Keys.ARROW_UP, 0)]:
        driver.switch_to.active_element.send_keys(key)
        assert driver.switch_to.active_element == bits[number], number
    driver.execute_script('document.activeElement.blur()')
    press(driver, Keys.ARROW_DOWN)
    assert shown(driver) == at


def starts_with_what_was_asked(driver):
    for options, algorithm in [(['--decrypt'], 'InvCipher'), (['--decrypt', '--equivalent'], 'EqInvCipher')]:
        page = folder / f'{algorithm}.html'
        run('--html', str(page), *options)
        driver.get(page.as_uri())
        assert shown(driver)[0].startswith(f'{algorithm} 0 '), shown(driver)


def key_schedule(driver, walk):
    """Each word says what it was made of, as the library traced it."""
    said = driver.execute_script('''
        return Array.from(document.querySelectorAll('#words button'), word => {
            word.focus()
            return [word.textContent, document.getElementById('word-why').textContent,
                    document.querySelectorAll('#words .from').length, word.matches('.to')]
        })''')
    expansion = {line['i']: line for line in walk['key expansion']}
    assert len(said) == 4 * (walk['rounds'] + 1) == len(expansion) + len(walk['key']) // 8
    for i, (word, why, sources, itself) in enumerate(said):
        line = expansion.get(i)
        if line is None:
            assert walk['key'][8 * i:8 * i + 8] == word and why == f'w[{i}] is a part of the key.', (i, why)
            continue
        assert word == line['w[i]'] and itself and sources == 2, i
        for name in ['temp', 'after RotWord', 'after SubWord', 'Rcon', 'after Rcon', 'w[i-Nk]', 'w[i]']:
            assert line[name] is None or line[name] in why, (i, name, why)


def screenshots(driver, name):
    driver.execute_script('document.querySelectorAll("#words button")[8].focus()')
    driver.execute_script('document.querySelector("#stage figure:last-child button[data-i=\'5\']").focus()')
    for scheme in ['light', 'dark']:
        for width in [1000, 360, 320]:
            features = [{'name': 'prefers-color-scheme', 'value': scheme}]
            driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': features})
            metrics = {'width': width, 'height': 1000, 'deviceScaleFactor': 1, 'mobile': width < 500}
            driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', metrics)
            metrics['height'] = driver.execute_script('return document.documentElement.scrollHeight') + 2
            driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', metrics)
            wide = driver.execute_script('return document.documentElement.scrollWidth')
            assert wide <= width, f'{wide} pixels wide on a screen of {width}'
            driver.save_screenshot(str(folder / f'{name}-{scheme}-{width}.png'))
    driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


total = 0
driver = browser()
try:
    for name, arguments in [
        ('appendix-b', []),
        ('aes-192', ['--key', '000102030405060708090a0b0c0d0e0f1011121314151617', '--block', '00112233445566778899aabbccddeeff']),
        ('aes-256', ['--key', ''.join(f'{i:02x}' for i in range(32)), '--block', '00112233445566778899aabbccddeeff']),
    ]:
        page = folder / f'{name}.html'
        run('--html', str(page), *arguments)
        walk = trace(*arguments)
        if not arguments:
            appendix_b(walk)
        driver.get(page.as_uri())
        assert driver.execute_script('return document.documentElement.dataset.checked') == 'true'
        assert not driver.find_element(By.ID, 'wrong').is_displayed()
        key = ['--key', walk['key']]
        walks = [walk, *(trace(*key, '--block', walk['output'], '--decrypt', *more) for more in [[], ['--equivalent']])]
        for number, expected in enumerate(walks):
            driver.find_elements(By.CSS_SELECTOR, '#directions button')[number].click()
            total += step_through(driver, expected)
        driver.find_elements(By.CSS_SELECTOR, '#directions button')[0].click()
        focus_stays(driver)
        grids(driver)
        key_schedule(driver, walk)
        hover(driver)
        avalanche(driver, walk)
        screenshots(driver, name)
        errors = [entry for entry in driver.get_log('browser') if entry['level'] == 'SEVERE']
        assert not errors, errors

    starts_with_what_was_asked(driver)

    # That what is wrong would be seen: a page with another S-box.
    page = folder / 'appendix-b.html'
    broken = folder / 'broken.html'
    broken.write_text(page.read_text().replace('"637c777b', '"647c777b', 1).replace('"inverse sbox":"52', '"inverse sbox":"53', 1))
    driver.get(broken.as_uri())
    assert driver.execute_script('return document.documentElement.dataset.checked') == 'false'
    assert driver.find_element(By.ID, 'wrong').is_displayed()
finally:
    driver.quit()
print(f'walk_a_block in a browser: {total} steps, as the library traces them')
