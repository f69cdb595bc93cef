// What every page behind the login runs.

import './actions.js';
import './bulk.js';
import './filter-form.js';
import './keys.js';
import { startLive } from './live.js';
import { showKeptMessage } from './messages.js';
import './pairing.js';
import './reveal.js';
import { startTimes } from './times.js';

startTimes();
showKeptMessage();
startLive();
// From here on the buttons answer.
document.documentElement.dataset.ready = 'yes';
dispatchEvent(new Event('buttons-answer'));
