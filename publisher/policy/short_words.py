"""The short words and abbreviations that clean text is full of, so that a word cut in two can be told from two words."""

from __future__ import annotations

USUAL = frozenset(
    """a b c d e f g h i j k l m n o p q r s t u v w x y z
    am an as at be by do go he hi if in is it me my no of oh ok on or so to up us we uk eu ni st mr mrs ms dr co pm tv
    ad ah ex ha id la le de du el en es et al re un un vs via pa pi pe ph hr hq it its ltd plc mp mps cllr rd ave no nos
    ace act add age ago aid aim air all and any apr are area arm art ask ate aug away back bad bag ban bar bay bbc bed
    been best bid big bin bins bit blue body book born both box boy bus busy but buy call came can cap car care case cat
    cent chin city club come cost cup cut dad data date day days dec deep did die doe does dog done door down dry due each
    ear east easy eat edge eg egg end etc even ever eye face fact fair fall far farm fast feb fee feel feet felt few file
    fill film find fine fire fish fit five flat fly food foot for form four free fri from full fun game gap garden gas gave
    get give gone good got gov great grew grow gun guy had half hall hand hard has hat have head hear held help her here
    high hill him his hit hold home hope hot hour how idea ie ii iii ill ink inn into iv jan job join jul jun just keep
    kept key kid kids kind king knew know lake land lane last late law lay lead left leg less let lie life like line link
    list live long look lost lot love low made mail main make man many map mar may meet men met mid mile milk mind mine
    miss mon more most move much must name near need net new news next nhs nine nor not nov now oct odd off oil old once one
    only onto open org our out over own page paid park part pass past path pay pen per pic pics pick pie pig pit plan play
    plus pm pool poor post pot pub put ran rate read real red rest rich ride ring rise risk road role room row rule run
    sad safe said sale same sat save saw say sea seat see seen self sell send sep sept set she ship shop show side sign sir
    sit site six size ski sky son soon spa stay step stop such sum sun sure take talk tax tea team tell ten term test than
    that the them then they thin this thu thus ti tie tim time tip tis too took top town tree tri try tue turn two type use
    used van very view vote wage wait wake walk wall want war was way wed week well went were west wet what when who why
    wide wife will win wind wine wish with won wood word wore work yard yes yet you your zoo""".split()  # noqa: SIM905  # hundreds of quotation marks help nobody
)
"""Short words and abbreviations of council text. A word cut into two of these is not seen as one: clean text does that."""

EVERYWHERE = frozenset(
    """a about all also an and are as at be been but by can council do find first for from get gov has have help here how https
    i if in information into is it its just link ll make may more new no not now of on one or other our out people re read
    s see share so some t than that the their them then there these they this time to u uk up us was way we website what
    when which who will with www you your 1 2""".split()  # noqa: SIM905  # hundreds of quotation marks help nobody
)
"""Words that most council texts have, or their posts: that one is there tells next to nothing."""
