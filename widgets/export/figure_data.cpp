#include "widgets/export/figure_data.h"

#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace fxs::ui {

namespace {

void append(std::string& out, const QString& text) {
    out += text.toStdString();
}

void append(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
        return;
    }
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append(std::string& out, float value) {
    if (!std::isfinite(value))
        return append(out, static_cast<double>(value));
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

/// A text as one field of a table: quoted where it holds what separates fields.
QString field(const QString& text, char separator) {
    if (!text.contains(QLatin1Char(separator)) && !text.contains(QLatin1Char('"')))
        return text;
    return QLatin1Char('"') + QString(text).replace(QStringLiteral("\""), QStringLiteral("\"\"")) + QLatin1Char('"');
}

void appendHeader(std::string& out, const FigureData& data) {
    const auto line = [&out](const QString& text) {
        for (const QString& part : text.split(QLatin1Char('\n')))
            append(out, QStringLiteral("# %1\n").arg(part));
    };
    line(data.title);
    for (const QString& text : data.provenance)
        line(text);
    line(QStringLiteral("x: ") + axisLabel(data.x.quantity, data.x.unit));
    line(QStringLiteral("y: ") + axisLabel(data.y.quantity, data.y.unit));
    if (data.picture) {
        line(QStringLiteral("values: ") + axisLabel(data.value.quantity, data.value.unit));
        line(QStringLiteral("first line: x, first column: y"));
    }
}

double place(double first, double last, std::size_t index, std::size_t count) {
    return count < 2 ? first : first + (last - first) * static_cast<double>(index) / static_cast<double>(count - 1);
}

void appendPicture(std::string& out, const FigureData& data, char separator) {
    const Picture& p = *data.picture;
    out.reserve(out.size() + p.values.size() * 13);
    append(out, field(axisLabel(data.y.quantity, data.y.unit) + QStringLiteral(" \\ ") +
                          axisLabel(data.x.quantity, data.x.unit),
                      separator));
    for (std::size_t column = 0; column < p.columns; ++column) {
        out += separator;
        append(out, place(p.xFirst, p.xLast, column, p.columns));
    }
    out += '\n';
    for (std::size_t row = 0; row < p.rows; ++row) {
        append(out, place(p.yFirst, p.yLast, row, p.rows));
        for (std::size_t column = 0; column < p.columns; ++column) {
            out += separator;
            append(out, p.at(column, row));
        }
        out += '\n';
    }
}

struct Column {
    QString name;
    const std::vector<double>* values;
};

std::vector<Column> columnsOf(const FigureData& data) {
    std::vector<Column> columns;
    for (const auto& group : curvesBySharedX(data.curves)) {
        columns.push_back({axisLabel(data.x.quantity, data.x.unit), &data.curves[group.front()].x});
        for (const std::size_t i : group) {
            const Curve& curve = data.curves[i];
            const QString name = axisLabel(curve.name.isEmpty() ? data.y.quantity : curve.name, data.y.unit);
            columns.push_back({name, &curve.y});
            if (!curve.error.empty())
                columns.push_back({QObject::tr("standard error of %1").arg(name), &curve.error});
        }
    }
    return columns;
}

void appendCurves(std::string& out, const FigureData& data, char separator) {
    const std::vector<Column> columns = columnsOf(data);
    std::size_t rows = 0;
    for (const Column& column : columns)
        rows = std::max(rows, column.values->size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (c > 0)
            out += separator;
        append(out, field(columns[c].name, separator));
    }
    out += '\n';
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            if (c > 0)
                out += separator;
            if (row < columns[c].values->size())
                append(out, (*columns[c].values)[row]);
        }
        out += '\n';
    }
}

QString titleOf(const QWidget& plot) {
    for (const QWidget* around = plot.parentWidget(); around; around = around->parentWidget())
        if (const auto* panel = qobject_cast<const Panel*>(around)) {
            // Several plots in one panel: which of them it is, says the plot itself.
            const bool alone = panel->findChildren<HeatMap*>().size() + panel->findChildren<CurvePlot*>().size() < 2;
            return alone || plot.accessibleName().isEmpty()
                       ? panel->title()
                       : QStringLiteral("%1, %2").arg(panel->title(), plot.accessibleName());
        }
    return plot.accessibleName();
}

/// What letters that are not ASCII are called.
QString spelled(QChar c) {
    static const QString digits = QStringLiteral("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹");
    if (const auto at = digits.indexOf(c); at >= 0)
        return QString::number(at % 10);
    switch (c.unicode()) {
    case u'Δ':
        return QStringLiteral("_delta_");
    case u'φ':
        return QStringLiteral("phi");
    case u'′':
        return QStringLiteral("_prime");
    case u'√':
        return QStringLiteral("sqrt_");
    case u'−':
        return QStringLiteral("_minus_");
    case u'°':
        return QStringLiteral("deg");
    case u'.':
        return QStringLiteral(".");
    default:
        return QStringLiteral("_");
    }
}

} // namespace

bool FigureData::isEmpty() const {
    return (!picture || picture->values.empty()) && curves.empty();
}

FigureData figureDataOf(const QWidget& plot) {
    FigureData data;
    if (const auto* map = qobject_cast<const HeatMap*>(&plot)) {
        data.picture = map->picture();
        data.x = map->xText();
        data.y = map->yText();
        data.value = map->valueText();
    } else if (const auto* curves = qobject_cast<const CurvePlot*>(&plot)) {
        data.curves = curves->curves();
        data.x = curves->xText();
        data.y = curves->yText();
    }
    data.title = titleOf(plot);
    return data;
}

std::string tableText(const FigureData& data, TableKind kind) {
    std::string out;
    const char separator = kind == TableKind::csv ? ',' : '\t';
    if (kind == TableKind::csv)
        appendHeader(out, data);
    if (data.picture && !data.picture->values.empty())
        appendPicture(out, data, separator);
    else if (!data.curves.empty())
        appendCurves(out, data, separator);
    return out;
}

std::string asciiName(const QString& text) {
    QString spelt;
    for (const QChar c : text)
        spelt += c.unicode() < 128 && c.isLetterOrNumber() ? QString(c) : spelled(c);
    std::string name;
    for (const QChar c : spelt)
        if (c != QLatin1Char('_') || (!name.empty() && name.back() != '_'))
            name += c.toLatin1();
    while (!name.empty() && (name.back() == '_' || name.back() == '.'))
        name.pop_back();
    return name.empty() ? "figure" : name;
}

std::vector<std::vector<std::size_t>> curvesBySharedX(const std::vector<Curve>& curves) {
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        const auto same = std::find_if(groups.begin(), groups.end(), [&](const std::vector<std::size_t>& group) {
            return curves[group.front()].x == curves[i].x;
        });
        if (same == groups.end())
            groups.push_back({i});
        else
            same->push_back(i);
    }
    return groups;
}

} // namespace fxs::ui
