#include "widgets/runs/run_tree.h"

#include "widgets/theme/theme.h"

#include <QFileInfo>
#include <QHeaderView>
#include <algorithm>

namespace fxs::ui {

namespace {

QTreeWidgetItem* addRow(QTreeWidgetItem* parent, const QString& name, const QString& value) {
    auto* item = new QTreeWidgetItem(parent, {name, value});
    item->setToolTip(0, name);
    item->setToolTip(1, value);
    return item;
}

QString number(double value, const QString& unit) {
    return QStringLiteral("%1 %2").arg(value, 0, 'g', 6).arg(unit);
}

} // namespace

RunTree::RunTree(QWidget* parent) : QTreeWidget(parent) {
    setColumnCount(2);
    setHeaderHidden(true);
    setFrameShape(QFrame::NoFrame);
    setIndentation(14);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAlternatingRowColors(true);
    setAccessibleName(tr("Runs and what is in them"));
    header()->setSectionResizeMode(0, QHeaderView::Interactive);
    header()->setStretchLastSection(true);
    setTextElideMode(Qt::ElideMiddle); // the ends of names tell them apart
    rebuild();
}

void RunTree::setRun(std::shared_ptr<const RunInfo> run) {
    m_run = std::move(run);
    m_error.clear();
    rebuild();
}

void RunTree::setRunError(const QString& files, const QString& message) {
    m_run.reset();
    m_failedFiles = files;
    m_error = message;
    rebuild();
}

void RunTree::setResults(const QStringList& paths) {
    m_results = paths;
    rebuild();
}

void RunTree::rebuild() {
    clear();
    const Theme theme = Theme::of(palette());
    if (m_run) {
        addRun();
    } else if (!m_error.isEmpty()) {
        auto* item = new QTreeWidgetItem(this, {m_failedFiles});
        item->setFirstColumnSpanned(true);
        auto* what = new QTreeWidgetItem(item, {m_error});
        what->setFirstColumnSpanned(true);
        what->setForeground(0, theme.bad);
        what->setToolTip(0, m_error);
    } else {
        auto* item = new QTreeWidgetItem(this, {tr("No run is open. Drop files here.")});
        item->setFirstColumnSpanned(true);
        item->setForeground(0, theme.muted);
    }
    if (!m_results.isEmpty()) {
        auto* results = new QTreeWidgetItem(this, {tr("Results")});
        results->setFirstColumnSpanned(true);
        for (const QString& path : m_results) {
            auto* item = new QTreeWidgetItem(results, {QFileInfo(path).fileName()});
            item->setFirstColumnSpanned(true);
            item->setToolTip(0, path);
        }
    }
    expandAll();
    fitNames();
}

/// The names in full as far as they leave the values their half.
void RunTree::fitNames() {
    header()->resizeSection(0, std::clamp(sizeHintForColumn(0), 60, std::max(60, viewport()->width() * 11 / 20)));
}

void RunTree::resizeEvent(QResizeEvent* event) {
    QTreeWidget::resizeEvent(event);
    fitNames();
}

void RunTree::addRun() {
    const RunInfo& r = *m_run;
    const QString first = r.files.empty() ? tr("run") : QString::fromStdString(r.files.front());
    auto* top = new QTreeWidgetItem(this, {QFileInfo(first).fileName()});
    top->setFirstColumnSpanned(true);
    top->setToolTip(0, first);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    top->setFont(0, bold);
    addRow(top, tr("layout"), QString::fromStdString(r.layout))->setToolTip(1, QString::fromStdString(r.reason));
    addRow(top, tr("frames"), r.frameCount ? QStringLiteral("%L1").arg(*r.frameCount) : tr("still growing"));
    addRow(top, tr("values"), QString::fromStdString(r.valueType));
    if (r.polarGrid) {
        const PolarGrid& grid = *r.polarGrid;
        addRow(top, tr("rings × φ"), QStringLiteral("%1 × %2").arg(grid.qCount()).arg(grid.phiCount));
        if (!grid.q.empty())
            addRow(top, tr("q  [1/Å]"),
                   QStringLiteral("%1…%2").arg(grid.q.front(), 0, 'g', 3).arg(grid.q.back(), 0, 'g', 3));
    } else {
        addRow(top, tr("panels"), QStringLiteral("%1 of %2 × %3").arg(r.panels).arg(r.slow).arg(r.fast));
    }
    if (r.experiment.wavelengthKnown)
        addRow(top, tr("wavelength"),
               r.experiment.wavelengthAngstrom > 0 ? number(r.experiment.wavelengthAngstrom, tr("Å"))
                                                   : tr("0 (flat Ewald sphere)"));
    if (r.experiment.particlesKnown)
        addRow(top, tr("particles a shot"), QString::number(r.experiment.particlesPerShot, 'g', 5));
    if (r.distanceMetre)
        addRow(top, tr("distance"), number(*r.distanceMetre, tr("m")));
    if (r.pixelSizeMetre)
        addRow(top, tr("pixel size"), number(*r.pixelSizeMetre * 1e6, tr("µm")));
    if (r.files.size() > 1) {
        auto* files = addRow(top, tr("files"), QString::number(r.files.size()));
        for (const std::string& file : r.files)
            addRow(files, QFileInfo(QString::fromStdString(file)).fileName(), {});
    }
    if (!r.metadata.empty()) {
        auto* metadata = addRow(top, tr("metadata"), QString());
        for (const auto& [name, value] : r.metadata)
            addRow(metadata, QString::fromStdString(name), QString::fromStdString(value));
    }
    const Theme theme = Theme::of(palette());
    for (const Problem& problem : r.problems) {
        auto* item = new QTreeWidgetItem(top, {QString::fromStdString(problem.message)});
        item->setFirstColumnSpanned(true);
        item->setForeground(0, problem.fatal ? theme.bad : theme.warning);
        item->setToolTip(0, QString::fromStdString(problem.message));
    }
}

void RunTree::changeEvent(QEvent* event) {
    QTreeWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        rebuild();
}

} // namespace fxs::ui
