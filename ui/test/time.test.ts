import { describe, expect, it } from 'vitest';
import { end, fromField, moment, since, timeLeft, toField } from '../src/lib/time';

const at = (text: string) => Date.parse(text);
const received = '2026-03-14T00:00:00Z';
const due = '2026-03-15T00:00:00Z';

describe('time left', () => {
  it('is plain while more than a quarter is left', () => {
    expect(timeLeft(received, due, at('2026-03-14T12:00:00Z'))).toMatchObject({ urgency: 'plain', text: '12:00' });
  });
  it('asks for attention in the last quarter', () => {
    expect(timeLeft(received, due, at('2026-03-14T18:00:00Z')).urgency).toBe('soon');
    expect(timeLeft(received, due, at('2026-03-14T22:50:00Z'))).toMatchObject({ urgency: 'soon', text: '1:10' });
  });
  it('is overdue from the moment it is due, and counts up', () => {
    expect(timeLeft(received, due, at(due)).urgency).toBe('overdue');
    expect(timeLeft(received, due, at('2026-03-15T01:20:30Z'))).toMatchObject({ urgency: 'overdue', text: '1:20' });
  });
  it('counts days from two days on', () => {
    expect(timeLeft(received, '2026-03-17T05:00:00Z', at(received))).toMatchObject({ days: 3, hours: 5 });
    expect(timeLeft(received, '2026-03-15T23:59:00Z', at(received)).days).toBe(0);
  });
});

describe('ends', () => {
  it('at midnight belong to the day that they end', () => {
    expect(end('2026-03-21T16:00:00Z', 'zh', '2026-03-14')).toBe('3月21日24时');
    expect(end('2026-03-21T16:00:00Z', 'en', '2026-03-14')).toBe('the end of 21 Mar');
  });
  it('at any other time are moments', () => {
    expect(end('2026-03-21T04:00:00Z', 'zh', '2026-03-14')).toBe('3月21日 12:00');
  });
});

describe('clocks that run', () => {
  it('never run backwards on a device set early', () => {
    expect(since('2026-03-14T10:00:00Z', at('2026-03-14T09:00:00Z')).text).toBe('0:00');
  });
});

describe('moments', () => {
  it('are told in the zone of China, with the day unless it is today', () => {
    expect(moment('2026-03-14T16:30:00Z', 'zh', '2026-03-15')).toBe('00:30');
    expect(moment('2026-03-14T16:30:00Z', 'zh', '2026-03-14')).toBe('3月15日 00:30');
    expect(moment('2026-03-14T16:30:00Z', 'en', '2026-03-14')).toBe('15 Mar 00:30');
  });
  it('leave a bare date a date', () => {
    expect(moment('2026-03-14', 'zh', '2026-03-14')).toBe('3月14日');
  });
  it('go through a form field and back', () => {
    expect(fromField('2026-03-15T00:30')).toBe('2026-03-14T16:30:00.000Z');
    expect(toField('2026-03-14T16:30:00Z')).toBe('2026-03-15T00:30');
  });
});
