#include "widgets/convergence/restart_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QSignalBlocker>
#include <array>
#include <cmath>

namespace fxs::ui {

namespace {

/// A number that sorts as one, whatever it is written as.
class NumberItem : public QTableWidgetItem {
public:
    NumberItem(const QString& text, double value) : QTableWidgetItem(text), m_value(value) {
        setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    }
    bool operator<(const QTableWidgetItem& other) const override {
        return m_value < static_cast<const NumberItem&>(other).m_value;
    }

private:
    double m_value;
};

NumberItem* errorItem(double value) {
    const bool known = std::isfinite(value) && value > 0;
    return new NumberItem(known ? QString::number(value, 'e', 2) : QStringLiteral("–"), known ? value : HUGE_VAL);
}

} // namespace

RestartTable::RestartTable(QWidget* parent) : QTableWidget(0, columnTotal, parent) {
    setAccessibleName(tr("Restarts of the phasing"));
    const std::array<std::pair<QString, QString>, columnTotal> headings{
        {{tr("no."), tr("Restart, counted from 1; the best is bold")},
         {tr("seed"), tr("Seed of the random start")},
         {tr("e_B"), tr("Residual of the coefficients B_l: what ranks restarts")},
         {tr("e_M"), tr("Error of the magnitude step")},
         {tr("free"), tr("Residual of the order left out of the fit; – if none was")},
         {tr("used"), tr("Whether the restart is part of the average")}}};
    for (int i = 0; i < columnTotal; ++i) {
        auto* item = new QTableWidgetItem(headings[static_cast<std::size_t>(i)].first);
        item->setToolTip(headings[static_cast<std::size_t>(i)].second);
        setHorizontalHeaderItem(i, item);
    }
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    // Numbers are never cut: a panel too narrow for all columns scrolls.
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setMinimumSectionSize(24);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    horizontalHeader()->setHighlightSections(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    setSortingEnabled(true);
    sortByColumn(number, Qt::AscendingOrder);
    connect(this, &QTableWidget::cellPressed, this, [this](int row, int) {
        const std::size_t restart = restartInRow(row);
        choose(m_chosen == restart ? std::nullopt : std::optional(restart));
    });
}

std::size_t RestartTable::restartInRow(int row) const {
    const QTableWidgetItem* cell = item(row, number);
    return cell ? static_cast<std::size_t>(cell->data(Qt::UserRole).toULongLong()) : 0;
}

void RestartTable::setRestarts(const std::vector<Restart>& restarts, std::optional<std::size_t> best) {
    const QSignalBlocker quiet(this);
    setSortingEnabled(false);
    setRowCount(static_cast<int>(restarts.size()));
    for (std::size_t i = 0; i < restarts.size(); ++i) {
        const Restart& restart = restarts[i];
        const int row = static_cast<int>(i);
        // Until a restart ends, its residual is where its curve is.
        const double last = restart.convergence.empty() ? 0 : static_cast<double>(restart.convergence.back());
        auto* first = new NumberItem(QString::number(i + 1), static_cast<double>(i));
        first->setData(Qt::UserRole, static_cast<qulonglong>(i));
        const std::array<QTableWidgetItem*, columnTotal> items{
            first,
            new NumberItem(QString::number(restart.seed), static_cast<double>(restart.seed)),
            errorItem(restart.residual > 0 ? restart.residual : last),
            errorItem(restart.magnitudeError),
            errorItem(restart.freeResidual),
            new NumberItem(restart.selected ? QStringLiteral("✓") : QString(), restart.selected ? 0 : 1)};
        for (int column = 0; column < columnTotal; ++column) {
            QTableWidgetItem* cell = items[static_cast<std::size_t>(column)];
            if (best == i) {
                QFont bold = font();
                bold.setBold(true);
                cell->setFont(bold);
                cell->setToolTip(tr("the best restart"));
            }
            setItem(row, column, cell);
        }
    }
    setSortingEnabled(true);
    if (m_chosen && !restarts.empty() && *m_chosen >= restarts.size())
        m_chosen.reset();
    selectRow();
}

void RestartTable::keyPressEvent(QKeyEvent* event) {
    const int before = currentRow();
    QTableWidget::keyPressEvent(event);
    if (event->key() == Qt::Key_Escape)
        choose(std::nullopt);
    else if (currentRow() != before && currentRow() >= 0)
        choose(restartInRow(currentRow()));
}

void RestartTable::selectRow() {
    const QSignalBlocker quiet(this);
    clearSelection();
    if (!m_chosen)
        return;
    for (int row = 0; row < rowCount(); ++row)
        if (restartInRow(row) == *m_chosen)
            for (int column = 0; column < columnTotal; ++column)
                item(row, column)->setSelected(true);
}

void RestartTable::choose(std::optional<std::size_t> restart) {
    if (restart && rowCount() > 0 && *restart >= static_cast<std::size_t>(rowCount()))
        restart.reset();
    const bool differs = restart != m_chosen;
    m_chosen = restart;
    // After the press that brought us here has done its own selecting.
    QMetaObject::invokeMethod(this, &RestartTable::selectRow, Qt::QueuedConnection);
    if (differs)
        Q_EMIT chosenChanged(m_chosen);
}

} // namespace fxs::ui
