#include "engine/preprocess/frame_expression.h"

#include "engine/core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <variant>

namespace fxs {

namespace {

constexpr const char* kIndex = "index";
using Value = std::variant<double, std::string>;

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& what) {
    throw Error(ErrorCode::badSettings, fmt::format("the expression \"{}\", at character {}: {}", text, at + 1, what));
}

bool truth(const Value& value) {
    if (const auto* number = std::get_if<double>(&value))
        return *number != 0 && !std::isnan(*number);
    return !std::get<std::string>(value).empty();
}

} // namespace

const FrameColumn* FrameValues::find(const std::string& name) const {
    const auto it = std::ranges::find(m_columns, name, &FrameColumn::name);
    if (it != m_columns.end())
        return &*it;
    std::vector<std::string> known{kIndex};
    for (const FrameColumn& column : m_columns)
        known.push_back(column.name);
    throw Error(ErrorCode::badSettings, fmt::format("nothing is known of frames under the name {}; known are: {}", name,
                                                    fmt::join(known, ", ")));
}

bool FrameValues::isText(const std::string& name) const {
    return name != kIndex && !find(name)->texts.empty();
}

double FrameValues::number(const std::string& name, std::size_t frame) const {
    if (name == kIndex)
        return static_cast<double>(m_indices ? (*m_indices)[frame] : m_firstIndex + frame);
    const FrameColumn& column = *find(name);
    return frame < column.numbers.size() ? column.numbers[frame] : std::nan("");
}

const std::string& FrameValues::text(const std::string& name, std::size_t frame) const {
    static const std::string none;
    const FrameColumn& column = *find(name);
    return frame < column.texts.size() ? column.texts[frame] : none;
}

struct FrameExpression::Node {
    enum class Kind { number, text, name, unary, binary, in };
    Kind kind;
    std::size_t at = 0; ///< place in the text, for messages
    double number = 0;
    std::string word; ///< the text, the name or the operator
    std::vector<std::unique_ptr<const Node>> parts;
};

namespace {

using Node = FrameExpression::Node;
using NodePtr = std::unique_ptr<const Node>;

/// Recursive descent; one function a level of precedence.
class Parser {
public:
    Parser(std::string_view text, std::vector<std::string>& names) : m_text(text), m_names(names) {}

    NodePtr whole() {
        NodePtr root = anyOf();
        skip();
        if (m_at < m_text.size())
            fail(m_text, m_at, fmt::format("\"{}\" is not expected here", m_text.substr(m_at, 12)));
        return root;
    }

private:
    void skip() {
        while (m_at < m_text.size() && std::isspace(static_cast<unsigned char>(m_text[m_at])))
            ++m_at;
    }
    static bool inName(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

    /// Takes the first of the words or signs that comes next; empty if none does.
    std::string take(std::initializer_list<std::string_view> words) {
        skip();
        for (const std::string_view word : words) {
            if (!m_text.substr(m_at).starts_with(word))
                continue;
            const std::size_t end = m_at + word.size();
            if (inName(word.front()) && end < m_text.size() && inName(m_text[end]))
                continue; // "order" does not begin with "or"
            m_at = end;
            return std::string(word);
        }
        return {};
    }

    NodePtr make(Node::Kind kind, std::size_t at, std::string word, NodePtr a = nullptr, NodePtr b = nullptr) {
        auto node = std::make_unique<Node>();
        node->kind = kind;
        node->at = at;
        node->word = std::move(word);
        if (a)
            node->parts.push_back(std::move(a));
        if (b)
            node->parts.push_back(std::move(b));
        return node;
    }

    NodePtr chain(std::initializer_list<std::string_view> signs, NodePtr (Parser::*next)(),
                  const char* same = nullptr) {
        NodePtr left = (this->*next)();
        for (;;) {
            skip();
            const std::size_t at = m_at;
            std::string sign = take(signs);
            if (sign.empty())
                return left;
            left = make(Node::Kind::binary, at, same ? same : std::move(sign), std::move(left), (this->*next)());
        }
    }

    NodePtr anyOf() {
        // What a person types is never this deep; the stack is not to be at the mercy of a file.
        if (++m_depth > 100)
            fail(m_text, m_at, "parentheses or signs are nested more than 100 deep");
        NodePtr node = chain({"or", "||"}, &Parser::allOf, "or");
        --m_depth;
        return node;
    }
    NodePtr allOf() { return chain({"and", "&&"}, &Parser::negation, "and"); }

    NodePtr negation() {
        skip();
        const std::size_t at = m_at;
        if (m_text.substr(m_at, 2) == "!=" || take({"not", "!"}).empty())
            return comparison();
        if (++m_depth > 100)
            fail(m_text, m_at, "parentheses or signs are nested more than 100 deep");
        NodePtr node = make(Node::Kind::unary, at, "not", negation());
        --m_depth;
        return node;
    }

    NodePtr comparison() {
        NodePtr left = sum();
        skip();
        const std::size_t at = m_at;
        std::string sign = take({"==", "!=", "<=", ">=", "<", ">", "=", "in", "not"});
        if (sign.empty())
            return left;
        const bool negated = sign == "not";
        if (negated && take({"in"}).empty())
            fail(m_text, m_at, "expected in after not");
        if (negated || sign == "in") {
            NodePtr node = list(at, std::move(left));
            return negated ? make(Node::Kind::unary, at, "not", std::move(node)) : std::move(node);
        }
        if (sign == "=")
            sign = "==";
        return make(Node::Kind::binary, at, std::move(sign), std::move(left), sum());
    }

    NodePtr list(std::size_t at, NodePtr left) {
        const std::string open = take({"[", "(", "{"});
        if (open.empty())
            fail(m_text, m_at, "expected [ after in");
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::in;
        node->at = at;
        node->parts.push_back(std::move(left));
        do
            node->parts.push_back(sum());
        while (!take({","}).empty());
        if (take({open == "[" ? "]" : open == "(" ? ")" : "}"}).empty())
            fail(m_text, m_at, "the list is not closed");
        return node;
    }

    NodePtr sum() { return chain({"+", "-"}, &Parser::product); }
    NodePtr product() { return chain({"*", "/", "%"}, &Parser::sign); }

    NodePtr sign() {
        skip();
        const std::size_t at = m_at;
        if (take({"-"}).empty())
            return primary();
        if (++m_depth > 100)
            fail(m_text, m_at, "parentheses or signs are nested more than 100 deep");
        NodePtr node = make(Node::Kind::unary, at, "-", sign());
        --m_depth;
        return node;
    }

    NodePtr quoted(char quote) {
        const std::size_t at = m_at++;
        const std::size_t end = m_text.find(quote, m_at);
        if (end == std::string_view::npos)
            fail(m_text, at, "the quotation mark is not closed");
        std::string word(m_text.substr(m_at, end - m_at));
        m_at = end + 1;
        return quote == '`' ? name(at, std::move(word)) : make(Node::Kind::text, at, std::move(word));
    }

    NodePtr name(std::size_t at, std::string word) {
        if (word != kIndex && std::ranges::find(m_names, word) == m_names.end())
            m_names.push_back(word);
        return make(Node::Kind::name, at, std::move(word));
    }

    NodePtr numberNode(std::size_t at, double value) {
        auto node = std::make_unique<Node>();
        node->kind = Node::Kind::number;
        node->at = at;
        node->number = value;
        return node;
    }

    NodePtr primary() {
        skip();
        const std::size_t at = m_at;
        if (m_at >= m_text.size())
            fail(m_text, m_at, "it ends where a value is expected");
        const char c = m_text[m_at];
        if (c == '"' || c == '\'' || c == '`')
            return quoted(c);
        if (!take({"("}).empty()) {
            NodePtr inner = anyOf();
            if (take({")"}).empty())
                fail(m_text, at, "the parenthesis is not closed");
            return inner;
        }
        if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') {
            double value = 0;
            const auto [end, ec] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), value);
            if (ec != std::errc{})
                fail(m_text, at, "this is not a number");
            m_at = static_cast<std::size_t>(end - m_text.data());
            return numberNode(at, value);
        }
        if (!inName(c))
            fail(m_text, at, fmt::format("\"{}\" is not expected here", c));
        while (m_at < m_text.size() && inName(m_text[m_at]))
            ++m_at;
        std::string word(m_text.substr(at, m_at - at));
        if (word == "true" || word == "True")
            return numberNode(at, 1);
        if (word == "false" || word == "False")
            return numberNode(at, 0);
        if (word == "and" || word == "or" || word == "not" || word == "in")
            fail(m_text, at, fmt::format("\"{}\" stands where a value is expected", word));
        return name(at, std::move(word));
    }

    std::string_view m_text;
    std::vector<std::string>& m_names;
    std::size_t m_at = 0;
    int m_depth = 0;
};

class Evaluation {
public:
    Evaluation(std::string_view text, const FrameValues& values, std::size_t frame)
        : m_text(text), m_values(values), m_frame(frame) {}

    Value of(const Node& node) const {
        switch (node.kind) {
        case Node::Kind::number:
            return node.number;
        case Node::Kind::text:
            return node.word;
        case Node::Kind::name:
            if (m_values.isText(node.word))
                return m_values.text(node.word, m_frame);
            return m_values.number(node.word, m_frame);
        case Node::Kind::unary:
            return node.word == "not" ? Value(truth(of(*node.parts[0])) ? 0.0 : 1.0)
                                      : Value(-number(node, of(*node.parts[0])));
        case Node::Kind::in:
            return in(node);
        case Node::Kind::binary:
            return binary(node);
        }
        return 0.0;
    }

private:
    double number(const Node& node, const Value& value) const {
        if (const auto* number = std::get_if<double>(&value))
            return *number;
        fail(m_text, node.at, fmt::format("\"{}\" is a text, expected a number", std::get<std::string>(value)));
    }

    bool compare(const Node& node, const std::string& sign, const Value& a, const Value& b) const {
        if (a.index() != b.index())
            fail(m_text, node.at, "a text is compared with a number");
        const auto by = [&](const auto& x, const auto& y) {
            return sign == "=="   ? x == y
                   : sign == "!=" ? x != y
                   : sign == "<"  ? x < y
                   : sign == "<=" ? x <= y
                   : sign == ">"  ? x > y
                                  : x >= y;
        };
        if (const auto* text = std::get_if<std::string>(&a))
            return by(*text, std::get<std::string>(b));
        const double x = std::get<double>(a), y = std::get<double>(b);
        return !std::isnan(x) && !std::isnan(y) && by(x, y);
    }

    Value in(const Node& node) const {
        const Value wanted = of(*node.parts[0]);
        for (std::size_t i = 1; i < node.parts.size(); ++i)
            if (compare(node, "==", wanted, of(*node.parts[i])))
                return 1.0;
        return 0.0;
    }

    Value binary(const Node& node) const {
        const Value a = of(*node.parts[0]);
        if (node.word == "and" || node.word == "or") {
            const bool first = truth(a);
            if (first == (node.word == "or"))
                return first ? 1.0 : 0.0;
            return truth(of(*node.parts[1])) ? 1.0 : 0.0;
        }
        const Value b = of(*node.parts[1]);
        if (std::string_view("+-*/%").find(node.word) == std::string_view::npos)
            return compare(node, node.word, a, b) ? 1.0 : 0.0;
        const double x = number(node, a), y = number(node, b);
        switch (node.word.front()) {
        case '+':
            return x + y;
        case '-':
            return x - y;
        case '*':
            return x * y;
        case '/':
            return x / y;
        default:
            return y == 0 ? std::nan("") : x - y * std::floor(x / y);
        }
    }

    std::string_view m_text;
    const FrameValues& m_values;
    std::size_t m_frame;
};

} // namespace

FrameExpression::FrameExpression(std::string_view text) : m_text(text) {
    m_root = Parser(m_text, m_columns).whole();
}
FrameExpression::~FrameExpression() = default;
FrameExpression::FrameExpression(FrameExpression&&) noexcept = default;
FrameExpression& FrameExpression::operator=(FrameExpression&&) noexcept = default;

bool FrameExpression::isTrue(const FrameValues& values, std::size_t frame) const {
    return truth(Evaluation(m_text, values, frame).of(*m_root));
}

FrameGrouping::FrameGrouping(std::string_view text) {
    const auto colon = text.rfind(':');
    m_column = text.substr(0, colon);
    bool good = !m_column.empty();
    if (colon != std::string_view::npos) {
        const std::string_view width = text.substr(colon + 1);
        const auto [end, ec] = std::from_chars(width.data(), width.data() + width.size(), m_width);
        good = good && ec == std::errc{} && end == width.data() + width.size() && m_width > 0 && std::isfinite(m_width);
    }
    if (!good)
        throw Error(ErrorCode::badSettings,
                    fmt::format("group-by is \"{}\", expected COLUMN, or COLUMN:WIDTH for bins of that width", text));
}

std::vector<std::string> FrameGrouping::columns() const {
    return m_column == kIndex ? std::vector<std::string>{} : std::vector<std::string>{m_column};
}

std::string FrameGrouping::label(const FrameValues& values, std::size_t frame) const {
    if (values.isText(m_column)) {
        if (m_width > 0)
            throw Error(ErrorCode::badSettings,
                        fmt::format("group-by makes bins of {}, which holds texts; leave out the width", m_column));
        return values.text(m_column, frame).empty() ? "none" : values.text(m_column, frame);
    }
    const double value = values.number(m_column, frame);
    if (std::isnan(value))
        return "none";
    if (m_width <= 0)
        return fmt::format("{:.12g}", value);
    const double bin = std::floor(value / m_width);
    return fmt::format("{:.6g}..{:.6g}", bin * m_width + 0.0, (bin + 1) * m_width);
}

} // namespace fxs
