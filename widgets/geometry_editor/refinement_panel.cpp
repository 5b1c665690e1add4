// The refinement of the geometry editor: what is asked for, how far it is, and the proposal that comes back.

#include "widgets/geometry_editor/geometry_editor.h"

#include "engine/core/error.h"
#include "widgets/theme/theme.h"

#include <QtWidgets>

namespace fxs::ui {

void GeometryEditor::setRefining(std::optional<double> progress) {
    m_refining = progress.has_value();
    m_refine->setText(progress ? tr("Stop (%1 %)").arg(qRound(100 * *progress)) : tr("Refine"));
    m_refine->setEnabled(m_refining || m_given != nullptr);
}

void GeometryEditor::setRefinement(std::shared_ptr<const GeometryRefinement> refinement) {
    setRefining(std::nullopt);
    if (refinement && m_given && valuesOf(refinement->given) != valuesOf(*m_given)) {
        setRefinementError(tr("The geometry was changed meanwhile; refine again."));
        return;
    }
    m_refinement = std::move(refinement);
    showProposal();
    showRings();
    showProfiles();
}

void GeometryEditor::setRefinementError(const QString& message) {
    setRefining(std::nullopt);
    m_refinement = nullptr;
    showProposal();
    QPalette colours = m_proposal->palette();
    colours.setColor(QPalette::WindowText, Theme::of(palette()).bad);
    m_proposal->setPalette(colours);
    m_proposal->setText(message);
    m_proposal->setVisible(!message.isEmpty());
}

void GeometryEditor::discard() {
    m_refinement = nullptr;
    showProposal();
    showRings();
    showProfiles();
}

void GeometryEditor::showProposal() {
    const bool there = m_refinement != nullptr;
    m_apply->setVisible(there);
    m_discard->setVisible(there);
    m_proposal->setVisible(there);
    m_refine->setEnabled(m_refining || m_given != nullptr);
    m_proposal->setPalette(palette());
    if (!there)
        return;
    const GeometryRefinement& r = *m_refinement;
    QStringList lines;
    if (r.centreRefined)
        lines << tr("Centre moves by %1 ± %2 px (fast), %3 ± %4 px (slow)")
                     .arg(r.centreShiftPixel[0], 0, 'f', 2)
                     .arg(r.centreErrorPixel[0], 0, 'f', 2)
                     .arg(r.centreShiftPixel[1], 0, 'f', 2)
                     .arg(r.centreErrorPixel[1], 0, 'f', 2);
    if (r.distanceRefined)
        lines << tr("Distance %1 → %2 ± %3 mm (%4 rings)")
                     .arg(1000 * r.distanceGiven, 0, 'f', 3)
                     .arg(1000 * r.distance, 0, 'f', 3)
                     .arg(1000 * r.distanceError, 0, 'f', 3)
                     .arg(r.rings.size());
    lines << tr("Scatter around rings %1 % → %2 %").arg(100 * r.meritGiven, 0, 'f', 2).arg(100 * r.merit, 0, 'f', 2);
    for (const Problem& problem : r.problems)
        lines << tr("Doubt: %1").arg(QString::fromStdString(problem.message));
    m_proposal->setText(lines.join(QLatin1Char('\n')));
}

} // namespace fxs::ui
