/** The gateway's. */
const ALL_TRIES = 5;

/** @param {{ number?: string, problem?: string }} shown */
export function askForNumber({ number = '', problem } = {}) {
  return page(
    'Sign in',
    `${told(problem)}
    <form method="post" action="/start">
      <label for="number">Your phone number</label>
      <input id="number" name="number" type="tel" autocomplete="tel" placeholder="+1 202 555 0143"
        value="${escaped(number)}" required autofocus>
      <button>Send me a code</button>
    </form>`,
  );
}

/** @param {import('whatsapp-otp-client').Verification} verification */
export function askForCode({ status, to, channel, userFirst, checksLeft }, { problem, note } = {}) {
  if (status !== 'pending') return page('Sign in', `${told(problem ?? 'This code is over.')}${startAgain()}`);
  return page(
    'Enter the code',
    `${told(problem)}${note ? `<p role="status">${escaped(note)}</p>` : ''}
    ${channel === null ? '' : `<p>We sent a code to <b>${escaped(to)}</b>.</p>`}
    ${userFirst ? writeFirst(userFirst, channel === null) : ''}
    <form method="post" action="/code">
      <label for="code">Code</label>
      <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus>
      ${checksLeft < ALL_TRIES ? `<p class="quiet">${checksLeft} ${checksLeft === 1 ? 'try' : 'tries'} left</p>` : ''}
      <button${userFirst && channel === null ? ' class="second"' : ''}>Sign in</button>
    </form>
    ${channel === null ? '' : '<form method="post" action="/again"><button class="plain">Send it again</button></form>'}
    ${startAgain('Use another number')}`,
  );
}

/** Where we may not write to a stranger, the stranger writes to us: one tap, and the code is the answer. */
function writeFirst({ link, number }, isOnlyWay) {
  return `<p>${isOnlyWay ? '' : 'Has it not come? '}Press Send in the chat that opens: the code is the answer there.</p>
    <a class="button" href="${escaped(link)}" target="_blank" rel="noreferrer">Get the code on WhatsApp</a>
    <p class="quiet">It opens a chat with ${escaped(number)}.</p>`;
}

export function signedIn(person) {
  return page(
    'Welcome',
    `<p>You are signed in as <b>${escaped(person)}</b>.</p>
    <form method="post" action="/sign-out"><button class="second">Sign out</button></form>`,
  );
}

export function failed() {
  return page('That did not work', `<p>It is our fault. Please try again in a minute.</p>${startAgain()}`);
}

function told(problem) {
  return problem ? `<p role="alert">${escaped(problem)}</p>` : '';
}

function startAgain(words = 'Start again') {
  return `<p class="quiet"><a href="/">${words}</a></p>`;
}

function page(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <main>
    <h1>${title}</h1>
    ${body}
  </main>
</body>
</html>`;
}

function escaped(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return String(text).replace(/[&<>"]/g, (character) => entities[character]);
}
