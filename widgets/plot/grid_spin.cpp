#include "widgets/plot/grid_spin.h"

#include <QLineEdit>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

GridSpin::GridSpin(const QString& name, const QString& help, const QString& unit, int decimals, QWidget* parent)
    : QSpinBox(parent), m_decimals(decimals) {
    setAccessibleName(name);
    setToolTip(help);
    setSuffix(QLatin1Char(' ') + unit);
    setKeyboardTracking(false);
    setRange(0, 0);
    setEnabled(false);
    // As wide as its longest text, before there is one.
    const QString longest = QStringLiteral("000.") + QString(decimals, QLatin1Char('0')) + suffix();
    constexpr int kFrameAndArrows = 34;
    setMinimumWidth(fontMetrics().horizontalAdvance(longest) + kFrameAndArrows);
}

void GridSpin::setPlaces(const std::vector<double>& places) {
    setEnabled(!places.empty());
    if (places == m_places)
        return;
    const QSignalBlocker quiet(this);
    m_places = places;
    setRange(0, places.empty() ? 0 : static_cast<int>(places.size()) - 1);
    lineEdit()->setText(prefix() + textFromValue(value()) + suffix());
}

QString GridSpin::textFromValue(int index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= m_places.size())
        return QStringLiteral("–");
    return QString::number(m_places[static_cast<std::size_t>(index)], 'f', m_decimals);
}

int GridSpin::valueFromText(const QString& text) const {
    QString number = text;
    number.remove(suffix());
    bool ok = false;
    const double wanted = number.trimmed().toDouble(&ok);
    return ok ? static_cast<int>(nearestPlace(m_places, wanted)) : value();
}

QValidator::State GridSpin::validate(QString& text, int&) const {
    QString number = text;
    number.remove(suffix());
    bool ok = false;
    number.trimmed().toDouble(&ok);
    return ok ? QValidator::Acceptable : QValidator::Intermediate;
}

std::size_t nearestPlace(const std::vector<double>& places, double value) {
    const auto nearest = std::min_element(places.begin(), places.end(), [value](double a, double b) {
        return std::abs(a - value) < std::abs(b - value);
    });
    return nearest == places.end() ? 0 : static_cast<std::size_t>(nearest - places.begin());
}

} // namespace fxs::ui
