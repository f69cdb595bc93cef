// Runs before the page is visible: what is pressed before the modules have loaded is kept, and done once they have.

{
  /**
   * What to do for each button that was pressed: once, however often it was pressed.
   * @type {Map<HTMLElement, () => void>}
   */
  const kept = new Map();

  /**
   * @param {Event} event
   * @param {HTMLElement} button
   * @param {() => void} perform
   */
  const keep = (event, button, perform) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    button.setAttribute('aria-busy', 'true');
    kept.set(button, () => {
      button.removeAttribute('aria-busy');
      perform();
    });
  };

  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const button = event.target instanceof Element && event.target.closest('button[type="button"]');
    if (button instanceof HTMLButtonElement) keep(event, button, () => button.click());
  };

  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    const { target: form, submitter } = event;
    // A form without a method is for scripts only: submitted by the browser, it would put what was typed into the address.
    if (form instanceof HTMLFormElement && !form.hasAttribute('method')) {
      keep(event, submitter ?? form, () => form.requestSubmit());
    }
  };

  addEventListener('click', onClick, true);
  addEventListener('submit', onSubmit, true);
  addEventListener(
    'buttons-answer',
    () => {
      removeEventListener('click', onClick, true);
      removeEventListener('submit', onSubmit, true);
      for (const perform of kept.values()) perform();
    },
    { once: true },
  );
}
