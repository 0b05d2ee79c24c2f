const longestInterval = 0x7fffffff;

/** What keeps the process alive while somebody waits for emulated memory, of which no event loop knows. */
export class KeepAlive {
  #timer: ReturnType<typeof setInterval> | undefined;

  hold(on: boolean): void {
    if (on) {
      this.#timer ??= setInterval(() => {}, longestInterval);
      return;
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
