import { randomBytes } from 'node:crypto';
import { type Node, node, SERVER } from './nodes.js';
import type { Device, DeviceAddress, State } from './state.js';

/** A live, logged-in connection, as far as delivering to it goes. */
export interface Line {
  send(stanza: Node): void;
  close(last?: Node): void;
}

/** Linked devices, which of them are connected, and the stanzas waiting for them. */
export interface PostOffice {
  find(address: DeviceAddress): Device | undefined;
  devicesOf(user: string): Device[];
  add(device: Device): void;
  remove(address: DeviceAddress): void;
  /** Makes `line` the device's connection and returns the one it replaces. */
  attach(device: Device, line: Line): Line | undefined;
  detach(device: Device, line: Line): void;
  lineOf(device: DeviceAddress): Line | undefined;
  /** Stores a stanza until the device acknowledges it and sends it at once if the device is connected. */
  deliver(to: DeviceAddress, stanza: Node): void;
  /** The device has taken the stanzas of this class, id and type. */
  acknowledge(device: Device, stanzaClass: string, id: string, type?: string): void;
}

const key = (address: DeviceAddress) => `${address.user}:${address.device}`;

export function createPostOffice(state: State): PostOffice {
  const lines = new Map<string, Line>();
  const find = (address: DeviceAddress) =>
    state.devices.find((device) => device.user === address.user && device.device === address.device);

  return {
    find,
    devicesOf: (user) => state.devices.filter((device) => device.user === user),
    add(device) {
      state.devices.push(device);
    },
    remove(address) {
      state.devices = state.devices.filter((device) => key(device) !== key(address));
    },
    attach(device, line) {
      const replaced = lines.get(key(device));
      lines.set(key(device), line);
      return replaced;
    },
    detach(device, line) {
      if (lines.get(key(device)) === line) lines.delete(key(device));
    },
    lineOf: (device) => lines.get(key(device)),
    deliver(to, stanza) {
      const device = find(to);
      if (!device) return;
      device.pending.push(stanza);
      lines.get(key(to))?.send(stanza);
    },
    acknowledge(device, stanzaClass, id, type) {
      device.pending = device.pending.filter(
        (stanza) => stanza.tag !== stanzaClass || stanza.attrs.id !== id || stanza.attrs.type !== type,
      );
    },
  };
}

/** An id for a stanza that the server starts. */
export const stanzaId = (): string => randomBytes(8).toString('hex').toUpperCase();

export const notification = (type: string, at: number, content: Node[]): Node =>
  node('notification', { from: SERVER, type, id: stanzaId(), t: seconds(at) }, content);

export const seconds = (ms: number): string => String(Math.floor(ms / 1000));
