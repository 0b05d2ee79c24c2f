/** The first page, in the words of the theme. */
export const homePage = `---
layout: home
title: rbgen
titleTemplate: Typed BPF ring buffers for TypeScript
hero:
  name: rbgen
  text: Typed BPF ring buffers for TypeScript
  tagline: C structs, objects or the kernel's own BTF in; decoders and encoders out, bit for bit.
  actions:
    - theme: brand
      text: Tutorial, ten minutes
      link: /tutorial
    - theme: alt
      text: Overview
      link: /overview
    - theme: alt
      text: Playground
      link: /playground/index.html
      target: _self
features:
  - title: No annotation, no flag
    details: The code of a BPF program says which records a map carries, how long each is, and what tells them apart.
    link: /cli#which-types
  - title: Runs without a kernel
    details: An emulated ring for your app, and a virtual machine for the compiled object itself, on any machine, in a browser too.
    link: /testing-without-a-kernel
  - title: The kernel's rings
    details: bpf(2), mmap and wake-ups over libbpf, with every loss counted.
    link: /native
  - title: Many hosts
    details: Raw samples through NATS JetStream, each once and in order, decoded where they are read.
    link: /relay
  - title: Exact or absent
    details: Right, or a diagnostic with a place, a reason and a way out. Compilers, bpftool, libbpf and the kernel are asked first.
    link: /proof
  - title: Try it here
    details: The playground reads C and compiled objects in this browser, and sends nothing anywhere.
    link: /playground/index.html
    target: _self
---
`;
