"""The functions that SQL of users may call: what is not named here is refused, whatever a later DuckDB brings.

Left out on purpose: what reads settings, files or the catalog; what writes (nextval, setseed, write_log); what waits;
text distances and list functions, whose one call can take minutes that no interrupt reaches.
"""

OPERATORS = "+ - * / // % ** ^ & | << >> ~ @ ! = <> ~~ !~~ ~~* !~~* ~~~ ^@ -> ->> || and or not"
NUMBERS = """abs acos acosh asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp factorial
    fdiv floor fmod gamma gcd greatest_common_divisor isfinite isinf isnan lcm least_common_multiple lgamma ln log log10
    log2 mod multiply add subtract nextafter pi pow power radians random round round_even roundbankers sign signbit sin
    sinh sqrt tan tanh trunc xor bit_count hash greatest least"""
TEXTS = """ascii bit_length char_length character_length chr contains ends_with starts_with prefix suffix
    formatreadabledecimalsize formatreadablesize format_bytes from_base64 hex instr lcase left left_grapheme len length
    length_grapheme like_escape not_like_escape ilike_escape not_ilike_escape lower ltrim md5 nfc_normalize octet_length
    ord position regexp_escape reverse right right_grapheme rtrim sha1 sha256 split_part strip_accents strlen strpos
    substr substring substring_grapheme to_base64 base64 to_binary to_hex trim ucase unhex unicode upper url_decode
    url_encode encode decode typeof pg_typeof bin unbin from_hex from_binary parse_filename parse_dirname"""
TIMES = """age ago century current_date current_localtime current_localtimestamp current_timestamp date_add date_diff
    date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear
    days_in_month decade epoch epoch_ms epoch_ns epoch_us era get_current_time get_current_timestamp hour isodow isoyear
    julian last_day make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz microsecond
    millennium millisecond minute month monthname nanosecond normalized_interval now quarter second strftime strptime
    time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds
    to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today
    transaction_timestamp try_strptime week weekday weekofyear year yearweek"""
OTHERS = """coalesce if ifnull nullif uuid gen_random_uuid uuidv4 uuidv7 struct_extract array_extract list_extract
    list_element element_at array_slice list_slice json_extract json_extract_string json_extract_path
    json_extract_path_text json_type json_valid json_array_length json_exists json_value json_keys constant_or_null
    enum_code is_histogram_other_bin grouping alias"""
AGGREGATES = """
    any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_min arg_min_null argmax
    argmin avg bit_and bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop
    covar_samp entropy favg first fsum geomean geometric_mean kahan_sum kurtosis kurtosis_pop last mad max
    max_by mean median min min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy
    regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness
    stddev stddev_pop stddev_samp sum sumkahan var_pop var_samp variance wavg weighted_avg approx_top_k"""
WINDOWS = "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number fill"

PLAIN = frozenset(f"{OPERATORS} {NUMBERS} {TEXTS} {TIMES} {OTHERS} {AGGREGATES} {WINDOWS}".split()) - {"||"}
LENGTHENING = """|| concat concat_ws replace regexp_replace translate list_value array_value list_pack row struct_pack
    map array_to_string printf format"""
GROWING = frozenset(LENGTHENING.split())
# how many times longer than its argument the text may get; a list's text quotes what its own items quote
ENCODING = {
    "hex": 2, "to_hex": 2, "bin": 8, "to_binary": 8, "to_base64": 2, "base64": 2, "regexp_escape": 2, "url_encode": 3,
    "encode": 2, "json_quote": 2, "list_value": 2, "array_value": 2, "list_pack": 2, "row": 2, "struct_pack": 2,
    "map": 2,
}  # fmt: skip
# macros that write an argument out more than once
COPYING = {"nullif": 2, "split_part": 2, "array_to_string": 2, "weighted_avg": 2, "wavg": 2}
# which argument is the count; None: every one
COUNTED: dict[str, int | None] = {
    "repeat": 1, "lpad": 1, "rpad": 1, "bar": 3, "range": None, "generate_series": None, "bitstring": 1, "to_base": 2,
}  # fmt: skip
# which argument is the regular expression: compiled for each row if it is not a literal
PATTERNS = {
    "regexp_matches": 1, "regexp_full_match": 1, "regexp_extract": 1, "regexp_extract_all": 1, "regexp_replace": 1,
}  # fmt: skip
COLLECTORS = frozenset(
    ["string_agg", "group_concat", "listagg", "list", "array_agg", "histogram", "histogram_exact", "json_group_array"]
)
TABLE_FUNCTIONS = frozenset(["range", "generate_series", "unnest"])
