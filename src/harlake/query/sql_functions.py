"""What a client's query may call: all functions, operators, aggregates and table functions, by purpose.

What is not here is refused. Nothing here reads a file, a setting or the environment, names databases, runs a query
that is in a text, or waits. What is left out beyond that: functions that take more than linear time in a step that
DuckDB cannot interrupt (``levenshtein``, ``glob``), and those that would make long values of short ones without an
argument that bounds it (``list_resize``, ``bar``).
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: Stands for values that are as long as there are rows.
UNBOUNDED: Final = -1


class FunctionGroup(NamedTuple):
    """Functions of one purpose.

    A result takes at most ``growth`` times the bytes of all arguments, and what a number takes. Where the time grows
    faster than the arguments, none may take more than ``longest`` bytes.
    """

    purpose: str
    growth: int
    longest: int | None
    names: frozenset[str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _group(purpose: str, names: str, *, growth: int = 0, longest: int | None = None) -> FunctionGroup:
    return FunctionGroup(purpose, growth, longest, _names(names))


#: Bytes of a text that is searched: an index column, and a little more. To find one text in another takes the product
#: of their lengths: 0.2 s for 2,048 rows of this length.
_SEARCHED: Final = 4_096
#: Bytes of a list whose elements are compared with each other: what the characters of an index column are as a list.
_COMPARED: Final = 20_480

FUNCTIONS: Final = (
    _group("arithmetic", "+ - * / // % ** ^ & | << >> ~ @ add subtract multiply divide mod fmod fdiv xor abs sign"),
    _group(
        "numbers",
        """
        ceil ceiling floor round round_even trunc even greatest_common_divisor gcd least_common_multiple lcm
        sqrt cbrt pow power exp ln log log2 log10 factorial gamma lgamma pi
        sin cos tan cot asin acos atan atan2 sinh cosh tanh asinh acosh atanh degrees radians
        isfinite isinf isnan signbit nextafter bit_count random
        """,
    ),
    _group("choosing", "greatest least nullif", growth=1),
    _group("what a value is", "typeof pg_typeof hash md5 sha1 sha256 uuid gen_random_uuid"),
    _group("sizes in words", "format_bytes formatReadableSize formatReadableDecimalSize pg_size_pretty"),
    _group(
        "length of a text", "length len strlen char_length character_length octet_length bit_length ascii ord unicode"
    ),
    _group(
        "texts",
        """
        lower lcase upper ucase trim ltrim rtrim left right substr substring reverse chr
        repeat lpad rpad || concat concat_ws format printf encode decode from_base64 unhex from_hex parse_filename
        """,
        growth=1,
    ),
    _group(
        "texts in another writing",
        "hex to_hex base64 to_base64 url_encode url_decode strip_accents translate regexp_escape",
        growth=4,
    ),
    _group(
        "search in a text",
        """
        contains starts_with ends_with prefix suffix ^@ position strpos instr ~~ !~~ ~~* !~~*
        regexp_matches regexp_full_match
        """,
        longest=_SEARCHED,
    ),
    _group("parts of a text", "regexp_extract regexp_replace split_part replace", growth=1, longest=_SEARCHED),
    _group(
        "a text as a list",
        """
        split str_split string_split string_to_array str_split_regex string_split_regex regexp_split_to_array
        regexp_extract_all parse_path
        """,
        growth=17,  # of a separator a byte, each part of nothing takes 16
        longest=_SEARCHED,
    ),
    _group(
        "dates and times",
        """
        now today ago get_current_timestamp get_current_time current_date current_localtime current_localtimestamp
        transaction_timestamp
        age date_add date_diff datediff date_sub datesub date_part datepart date_trunc datetrunc time_bucket timezone
        make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns make_timestamptz to_timestamp
        epoch epoch_ms epoch_us epoch_ns dayname monthname last_day days_in_month julian
        year quarter month week day hour minute second millisecond microsecond nanosecond
        dayofmonth dayofweek dayofyear weekday weekofyear yearweek isodow isoyear era decade century millennium
        timezone_hour timezone_minute
        to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds
        to_decades to_centuries to_millennia
        """,
    ),
    _group("times as texts", "strftime", growth=16),
    _group("texts as times", "strptime try_strptime", longest=_SEARCHED),
    _group("length of a list", "array_length cardinality list_count"),
    _group(
        "lists",
        """
        list_value list_pack list_extract list_element array_extract element_at list_slice array_slice range
        generate_series list_concat list_cat array_concat array_cat list_append array_append array_push_back
        list_prepend array_prepend array_push_front list_reverse array_reverse list_sort list_reverse_sort array_sort
        array_reverse_sort flatten list_zip array_zip unnest array_to_string
        list_first list_last list_any_value list_min list_max
        list_filter array_filter filter list_transform array_transform list_apply array_apply apply
        """,
        growth=1,
    ),
    _group("numbers of a list", "list_sum list_avg list_median list_product list_bool_and list_bool_or"),
    _group(
        "search in a list",
        """
        list_contains list_has array_contains array_has list_position list_indexof array_position array_indexof
        list_has_any array_has_any && list_has_all array_has_all @> <@ list_unique array_unique
        """,
        longest=_COMPARED,
    ),
    _group(
        "lists as sets",
        "list_distinct array_distinct list_intersect array_intersect list_mode",
        growth=1,
        longest=_COMPARED,
    ),
    _group(
        "structs and maps",
        """
        row struct_pack struct_extract struct_extract_at struct_insert struct_keys struct_values
        map map_from_entries map_keys map_values map_entries map_extract map_extract_value
        """,
        growth=1,
        longest=_COMPARED,
    ),
    _group("search in a map", "map_contains map_contains_entry map_contains_value", longest=_COMPARED),
    _group(
        "search in JSON",
        "json_array_length json_type json_valid json_exists json_contains",
        longest=_SEARCHED,
    ),
    _group(
        "parts of JSON",
        "json_extract json_extract_string json_extract_path json_extract_path_text json_value ->>",
        growth=1,
        longest=_SEARCHED,
    ),
    _group("keys of JSON", "json_keys", growth=17, longest=_SEARCHED),
    _group("values as JSON", "to_json json_quote json_object json_array array_to_json row_to_json", growth=6),
)

AGGREGATES: Final = (
    _group("counts", "count count_star count_if countif approx_count_distinct"),
    _group(
        "sums and averages",
        "sum avg mean fsum kahan_sum sumkahan favg product geomean geometric_mean wavg weighted_avg",
    ),
    _group("extremes", "min max arg_min arg_max argmin argmax min_by max_by any_value arbitrary first last", growth=1),
    _group(
        "distributions",
        "median quantile quantile_cont quantile_disc approx_quantile mode mad",
        growth=1,
    ),
    _group(
        "statistics",
        """
        stddev stddev_pop stddev_samp variance var_pop var_samp sem skewness kurtosis kurtosis_pop entropy
        corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
        regr_syy
        """,
    ),
    _group("conditions", "bool_and bool_or bit_and bit_or bit_xor"),
    _group(
        "all values",
        "list array_agg string_agg group_concat listagg histogram json_group_array json_group_object",
        growth=UNBOUNDED,
    ),
)

WINDOW_FUNCTIONS: Final = (
    _group("ranks", "row_number rank rank_dense dense_rank percent_rank cume_dist ntile"),
    _group("other rows", "lag lead first_value last_value nth_value", growth=1),
)

TABLE_FUNCTIONS: Final = (
    _group("values as rows", "unnest range generate_series"),
    _group("JSON as rows", "json_each json_tree", longest=_SEARCHED),
)

#: Names that DuckDB takes for functions without parentheses where no column has them.
NAMED_VALUES: Final = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
REFUSED_NAMED_VALUES: Final = frozenset(
    {"current_catalog", "current_role", "current_schema", "current_user", "session_user", "user"}
)

#: Types that a value may be cast to; any other one might belong to an extension, or take memory by its declaration.
TYPES: Final = _names(
    """
    BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT DOUBLE DECIMAL
    VARCHAR BLOB UUID DATE TIME TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS INTERVAL LIST STRUCT MAP
    """
) | {"TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"}
NAMED_TYPES: Final = frozenset({"json"})


def by_name(*groups: FunctionGroup) -> dict[str, FunctionGroup]:
    """Return the group of each function."""
    return {name.lower(): group for group in groups for name in group.names}
