#include "engine/mtip/point_group.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace fxs {

namespace {
constexpr int kMaxFold = 60;
}

std::string PointGroup::name() const {
    return fmt::format("{}{}", dihedral ? 'D' : 'C', fold);
}

int PointGroup::dimension(int l) const {
    const int multiples = l / fold; // of m > 0
    if (!dihedral)
        return 1 + 2 * multiples;
    return (l % 2 == 0 ? 1 : 0) + multiples;
}

PointGroup PointGroup::parse(std::string_view text) {
    const auto refuse = [&](ErrorCode code, std::string_view expected) {
        return Error(code, fmt::format("symmetry is '{}', expected {}", text, expected));
    };
    const std::string_view known = "C1 ... C60 or D2 ... D60";
    if (text.empty())
        throw refuse(ErrorCode::badSettings, known);
    const char kind = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    const std::string_view digits = text.substr(1);
    if (digits.empty() && (kind == 'T' || kind == 'O' || kind == 'I'))
        throw refuse(ErrorCode::unsupported, known);
    const bool numeric = !digits.empty() && digits.size() <= 2 &&
                         std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); });
    if ((kind != 'C' && kind != 'D') || !numeric)
        throw refuse(ErrorCode::badSettings, known);
    const PointGroup group{std::stoi(std::string(digits)), kind == 'D'};
    if (group.fold < (group.dihedral ? 2 : 1) || group.fold > kMaxFold)
        throw refuse(ErrorCode::badSettings, known);
    return group;
}

} // namespace fxs
