export declare const roomNames: readonly string[];
export declare const room: { readonly sources: string; readonly tests: string[] } | undefined;
