#!/usr/bin/env node
// Written in the oldest JavaScript there is, so that an old Node.js can still read the one line that concerns it.
'use strict';

var needed = 24;
var running = parseInt(process.versions.node, 10);

if (running < needed) {
  process.stderr.write(
    'podiam needs Node.js ' +
      needed +
      ' or newer, and this is ' +
      process.versions.node +
      ': install a newer one, or add node@' +
      needed +
      ' to your devDependencies and use npx.\n',
  );
  process.exit(1);
}

var fs = require('node:fs');
var path = require('node:path');

// A checkout runs its sources as they are; the published package has the compiled ones alone.
var source = path.join(__dirname, '..', 'src', 'cli', 'main.ts');
require(fs.existsSync(source) ? source : path.join(__dirname, '..', 'dist', 'cli', 'main.js'));
