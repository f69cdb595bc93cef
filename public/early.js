// Runs before the page can be seen: what is pressed before its modules are there is kept, and done when they are.

{
  /** How to do what was pressed, by its element: however often it was pressed, it is done once. */
  const kept = new Map();

  const keep = (event, element, again) => {
    if (!element) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter ?? element;
    button.setAttribute('aria-busy', 'true');
    kept.set(element, () => {
      button.removeAttribute('aria-busy');
      again();
    });
  };

  const onClick = (event) => {
    const button = event.target.closest('button[type="button"]');
    keep(event, button, () => button.click());
  };

  // A form without a method is for scripts alone: by itself it would put what was typed into the address.
  const onSubmit = (event) => {
    const form = event.target.closest('form:not([method])');
    keep(event, form, () => form.requestSubmit());
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
