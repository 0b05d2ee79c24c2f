/**
 * What clang 14 answers to `__has_attribute` and `__has_builtin` for the BPF target, as far as headers ask. An
 * attribute named here is understood or without effect on layout.
 */
export const knownAttributes: ReadonlySet<string> = new Set(
  `alias aligned alloc_align alloc_size always_inline analyzer_noreturn annotate artificial availability
  btf_decl_tag btf_type_tag cleanup cold common const constructor convergent deprecated destructor diagnose_if
  disable_tail_calls enable_if enum_extensibility error external_source_symbol fallthrough flag_enum flatten format
  format_arg gnu_inline guarded_by hot ifunc internal_linkage leaf loader_uninitialized malloc may_alias mode musttail
  naked no_builtin no_instrument_function no_profile_instrument_function no_sanitize no_sanitize_address
  no_sanitize_memory no_sanitize_thread no_stack_protector noalias nodebug noderef noduplicate noescape
  noinline nonnull noreturn not_tail_called nothrow objc_bridge optnone overloadable packed pass_object_size
  preserve_access_index preserve_all preserve_most pure release_capability require_constant_initialization
  returns_nonnull returns_twice section selectany sentinel speculative_load_hardening standalone_debug transparent_union
  trivial_abi type_visibility unavailable uninitialized unused used using_if_exists vector_size visibility
  warn_unused_result warning weak weak_import weakref xray_always_instrument xray_never_instrument zero_call_used_regs
  address_space ext_vector_type callback capability assume_aligned counted_by nouwtable`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

export const knownBuiltins: ReadonlySet<string> = new Set(
  `__builtin_bswap16 __builtin_bswap32 __builtin_bswap64 __builtin_choose_expr __builtin_constant_p __builtin_expect
  __builtin_offsetof __builtin_types_compatible_p __builtin_unreachable __builtin_memcpy __builtin_memset
  __builtin_memcmp __builtin_memmove __builtin_object_size __builtin_dynamic_object_size __builtin_add_overflow
  __builtin_sub_overflow __builtin_mul_overflow __builtin_preserve_access_index __builtin_preserve_enum_value
  __builtin_preserve_field_info __builtin_preserve_type_info __builtin_btf_type_id __builtin_popcount __builtin_clz
  __builtin_ctz __builtin_ffs __builtin_abs __builtin_strlen __builtin_strcmp __builtin_trap __builtin_va_list
  __builtin_va_start __builtin_va_end __builtin_va_arg __builtin_va_copy __builtin_assume_aligned __builtin_alloca
  __builtin_return_address __builtin_frame_address __builtin_prefetch __builtin_is_constant_evaluated
  __builtin_expect_with_probability __builtin_unpredictable __builtin_assume __builtin_FILE __builtin_LINE
  __builtin_FUNCTION __builtin_clzll __builtin_ctzll __builtin_popcountll __builtin_ffsll __sync_fetch_and_add`
    .split(/\s+/)
    .filter((name) => name !== ""),
);
