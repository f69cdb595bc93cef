// What every page behind the login runs.

import './actions.js';
import './bulk.js';
import './filter-form.js';
import { startLive } from './live.js';
import { showKeptMessage } from './messages.js';
import './pairing.js';
import './reveal.js';
import './secrets.js';
import { startTimes } from './times.js';

startTimes();
showKeptMessage();
startLive();
// The buttons work from here on.
document.documentElement.dataset.ready = 'yes';
dispatchEvent(new Event('buttons-answer'));
