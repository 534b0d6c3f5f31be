/**
 * The CloudEvents extension by which an event says which subscription it comes from: lower-case letters and digits, as
 * CloudEvents 1.0 has it. The binary mode of HTTP makes a header of it.
 */
export const secretExtension = 'earshotsecret';

/** Header of an event that carries the secret of its subscription, as Code Engine sends it. */
export const secretHeader = `ce-${secretExtension}`;

/** Where the events of a function are posted to, on the app that runs it. */
export const eventsPath = (functionName: string) => `/events/${functionName}`;
