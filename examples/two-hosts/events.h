struct event {
	unsigned long long ts_ns;
	unsigned int pid;
	char comm[16];
};
