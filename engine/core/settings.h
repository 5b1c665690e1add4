#pragma once

#include "engine/core/error.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace fxs {

/// One setting's value. std::monostate: not given (settings that are optional and have no default).
using SettingValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

enum class SettingType { boolean, integer, real, text, choice, file };

/// Everything a form, a command line, a settings file and a plugin need to know of one setting.
struct SettingInfo {
    std::string key;   ///< "max-order": the long option, the TOML key and the field's identity
    std::string label; ///< "Highest order": for people
    std::string unit;  ///< "Å", "1/Å", "eV", "m"; empty for plain numbers
    std::string help;  ///< one or two sentences: meaning, when to change it
    std::string group; ///< the heading in forms: "Grid", "Mask", "Phasing"
    SettingType type = SettingType::text;
    SettingValue defaultValue;
    std::optional<double> minimum, maximum; ///< inclusive
    bool minimumExclusive = false;          ///< true: value must exceed minimum
    std::vector<std::string> choices;       ///< for SettingType::choice
    bool optional = false;                  ///< may be not given; the engine then derives it from the data
    bool advanced = false;                  ///< forms fold it away
};

/// A thing that is wrong with one setting (or with none in particular: key empty).
struct Problem {
    std::string key;
    std::string message;
    bool fatal = true; ///< false: a warning; work may start
};

/// Values by key; what forms edit, files hold and jobs carry.
using SettingValues = std::map<std::string, SettingValue>;

/// The value as it is typed on a command line or in a settings file ("" for not given).
std::string toText(const SettingValue& value);
/// The reverse, by the setting's type. Throws: Error(badSettings) naming the key, what was found and what was expected.
SettingValue parseSetting(const SettingInfo& info, std::string_view text);
/// Type, range and choice of one value; nullopt if it is fine.
std::optional<Problem> checkSetting(const SettingInfo& info, const SettingValue& value);

/// Describes a plain settings struct S, once, as data. The TOML reader, the command line, the window's forms and the
/// plugin use it.
///
///     const SettingsDescription<FilterSettings>& FilterSettings::description() {
///         static const auto d = SettingsDescription<FilterSettings>("filter", "Filtering (M-TIF)")
///             .add(&FilterSettings::maxOrder, {.key = "max-order", .label = "Highest order", .minimum = 2, .maximum =
///             200});
///         return d;
///     }
/// Members may be bool, int, std::int64_t, double, std::string, or std::optional of those; type and default are taken
/// from the member (type stays choice or file where info says so). Threads: immutable once built.
template <class S>
class SettingsDescription {
public:
    SettingsDescription(std::string section, std::string title)
        : m_section(std::move(section)), m_title(std::move(title)) {}

    template <class M>
    SettingsDescription&& add(M S::*member, SettingInfo info) && {
        const S defaults{};
        info.defaultValue = toValue(defaults.*member);
        if (info.type != SettingType::choice && info.type != SettingType::file)
            info.type = typeOf<M>();
        if constexpr (isOptional<M>)
            info.optional = true;
        m_fields.push_back({[member](const S& s) { return toValue(s.*member); },
                            [member](S& s, const SettingValue& v) { fromValue(s.*member, v); }});
        m_infos.push_back(std::move(info));
        return std::move(*this);
    }

    const std::string& section() const { return m_section; } ///< the TOML table
    const std::string& title() const { return m_title; }
    const std::vector<SettingInfo>& infos() const { return m_infos; }

    SettingValues values(const S& settings) const {
        SettingValues out;
        for (std::size_t i = 0; i < m_infos.size(); ++i)
            out[m_infos[i].key] = m_fields[i].get(settings);
        return out;
    }

    /// Sets what values holds of this description and leaves the rest; keys it does not know are left to others.
    /// Every problem is returned; a value with a problem is not applied.
    std::vector<Problem> apply(S& settings, const SettingValues& values) const {
        std::vector<Problem> problems;
        for (std::size_t i = 0; i < m_infos.size(); ++i) {
            const auto it = values.find(m_infos[i].key);
            if (it == values.end())
                continue;
            if (auto problem = checkSetting(m_infos[i], it->second))
                problems.push_back(std::move(*problem));
            else
                m_fields[i].set(settings, it->second);
        }
        return problems;
    }

    /// Range and choice of every member of settings as it stands.
    std::vector<Problem> check(const S& settings) const {
        S copy = settings;
        return apply(copy, values(settings));
    }

private:
    template <class M>
    struct OptionalTraits : std::false_type {
        using Value = M;
    };
    template <class M>
    struct OptionalTraits<std::optional<M>> : std::true_type {
        using Value = M;
    };
    template <class M>
    static constexpr bool isOptional = OptionalTraits<M>::value;

    template <class M>
    static constexpr SettingType typeOf() {
        using V = typename OptionalTraits<M>::Value;
        if constexpr (std::is_same_v<V, bool>)
            return SettingType::boolean;
        else if constexpr (std::is_integral_v<V>)
            return SettingType::integer;
        else if constexpr (std::is_floating_point_v<V>)
            return SettingType::real;
        else
            return SettingType::text;
    }

    template <class M>
    static SettingValue toValue(const M& member) {
        if constexpr (isOptional<M>)
            return member ? toValue(*member) : SettingValue{};
        else if constexpr (std::is_same_v<M, bool>)
            return member;
        else if constexpr (std::is_integral_v<M>)
            return static_cast<std::int64_t>(member);
        else if constexpr (std::is_floating_point_v<M>)
            return static_cast<double>(member);
        else
            return member;
    }

    template <class M>
    static void fromValue(M& member, const SettingValue& value) {
        if constexpr (isOptional<M>) {
            if (std::holds_alternative<std::monostate>(value)) {
                member.reset();
            } else {
                typename M::value_type inner{};
                fromValue(inner, value);
                member = std::move(inner);
            }
        } else if constexpr (std::is_floating_point_v<M>) {
            const auto* integer = std::get_if<std::int64_t>(&value);
            member = integer ? static_cast<M>(*integer) : static_cast<M>(std::get<double>(value));
        } else if constexpr (std::is_same_v<M, bool>) {
            member = std::get<bool>(value);
        } else if constexpr (std::is_integral_v<M>) {
            member = static_cast<M>(std::get<std::int64_t>(value));
        } else {
            member = std::get<std::string>(value);
        }
    }

    struct Field {
        std::function<SettingValue(const S&)> get;
        std::function<void(S&, const SettingValue&)> set;
    };

    std::string m_section, m_title;
    std::vector<SettingInfo> m_infos;
    std::vector<Field> m_fields;
};

/// Throws Error(badSettings) with every fatal problem in one message; returns otherwise.
void throwIfFatal(const std::vector<Problem>& problems);

} // namespace fxs
