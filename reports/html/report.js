(() => {
  'use strict'
  const root = document.documentElement
  const $ = id => document.getElementById(id)
  const all = (selector, from = document) => [...from.querySelectorAll(selector)]

  // Storage is refused where the page is sandboxed.
  const stored = value => {
    try {
      if (value === undefined) return localStorage.getItem('omaspec-theme') || ''
      localStorage.setItem('omaspec-theme', value)
    } catch { return '' }
  }
  const themes = ['', 'light', 'dark']
  const setTheme = theme => {
    if (theme) root.dataset.theme = theme
    else delete root.dataset.theme
  }
  setTheme(stored())

  const startTheme = () => {
    const button = $('theme')
    const name = () => { button.textContent = 'Theme: ' + (root.dataset.theme || 'system') }
    button.onclick = () => {
      const next = themes[(themes.indexOf(root.dataset.theme || '') + 1) % themes.length]
      setTheme(next)
      stored(next)
      name()
    }
    name()
    button.hidden = false
  }

  const startCopy = () => {
    for (const pre of all('pre.copy')) {
      const box = document.createElement('div')
      const button = document.createElement('button')
      box.className = 'copied'
      button.type = 'button'
      button.textContent = 'Copy'
      pre.replaceWith(box)
      box.append(pre, button)
      button.onclick = async () => {
        getSelection().selectAllChildren(pre)
        let done = true
        try {
          await navigator.clipboard.writeText(pre.textContent)
        } catch {
          done = document.execCommand('copy') // where the page is not a secure context
        }
        button.textContent = done ? 'Copied' : 'Selected'
        $('found').textContent = done ? 'Copied.' : 'Selected; press the keys for copying.'
        setTimeout(() => { button.textContent = 'Copy' }, 2000)
      }
    }
  }

  const startFilter = () => {
    const items = all('[data-outcome]')
    const texts = items.map(item => item.textContent.toLowerCase())
    const parts = all('[data-part]')
    const boxes = all('#filter input[type=checkbox]')
    const unfolded = new Set()

    const apply = () => {
      const words = $('text').value.toLowerCase().split(/\s+/).filter(Boolean)
      const outcomes = boxes.filter(box => box.checked).map(box => box.value)
      const level = $('level').value
      const active = words.length > 0 || outcomes.length > 0 || level !== ''
      let found = 0
      items.forEach((item, i) => {
        const fits = words.every(word => texts[i].includes(word)) &&
          (!outcomes.length || outcomes.includes(item.dataset.outcome)) &&
          (!level || level === item.dataset.level)
        item.hidden = !fits
        if (fits) found++
      })
      for (const part of parts) {
        part.hidden = !part.querySelector('[data-outcome]:not([hidden])')
        const fold = part.querySelector(':scope > details')
        if (!fold) continue
        if (active && !fold.open) {
          fold.open = true
          unfolded.add(fold)
        } else if (!active && unfolded.delete(fold)) fold.open = false
      }
      $('found').textContent = (active ? found + ' of ' : 'All ') + items.length + ' requirements are shown.'
      return { words, outcomes, level, active }
    }

    const write = () => {
      const state = apply()
      const query = new URLSearchParams()
      if (state.words.length) query.set('text', state.words.join(' '))
      if (state.outcomes.length) query.set('outcome', state.outcomes.join(','))
      if (state.level) query.set('level', state.level)
      try {
        history.replaceState(null, '', '#' + query)
      } catch { /* where the page is sandboxed, the address stays as it is */ }
    }

    const read = () => {
      const hash = location.hash.slice(1)
      if (!hash.includes('=')) return reveal(hash)
      const query = new URLSearchParams(hash)
      const outcomes = (query.get('outcome') || '').split(',')
      $('text').value = query.get('text') || ''
      $('level').value = query.get('level') || ''
      for (const box of boxes) box.checked = outcomes.includes(box.value)
      apply()
    }

    const reset = () => {
      $('text').value = $('level').value = ''
      for (const box of boxes) box.checked = false
    }

    // reveal unfolds what a link leads to.
    const reveal = id => {
      const target = id && $(id)
      if (!target) return
      if (target.closest('[hidden]')) {
        reset()
        apply()
      }
      for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
      target.scrollIntoView()
    }

    $('filter').oninput = write
    $('reset').onclick = () => { reset(); write() }
    $('expand').onclick = () => all('details').forEach(fold => { fold.open = true })
    $('collapse').onclick = () => all('details').forEach(fold => { fold.open = false })
    $('filter').hidden = false
    apply()
    read()
    addEventListener('hashchange', read)
  }

  // What is folded would not be printed by browsers without ::details-content.
  const startPrint = () => {
    let opened = []
    addEventListener('beforeprint', () => {
      opened = all('details:not([open])')
      opened.forEach(fold => { fold.open = true })
    })
    addEventListener('afterprint', () => opened.forEach(fold => { fold.open = false }))
  }

  addEventListener('DOMContentLoaded', () => {
    startTheme()
    startCopy()
    startFilter()
    startPrint()
  })
})()
