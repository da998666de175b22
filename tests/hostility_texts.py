"""Sentences to measure rules on hatred with: made up for this, each said of every group.

Each list has two parts: sentences that the rules were written with, and others, written after the rules. Of those 80 % of the
hateful ones were referred when they were first measured; a few forms were added since.
"""

from __future__ import annotations

from itertools import product

GROUPS = (
    "women",
    "trans people",
    "gay people",
    "Black people",
    "disabled people",
    "Muslims",
    "immigrants",
    "Travellers",
)

_HATEFUL = (
    "I hate {}.", "I can't stand {} any more.", "God, how I loathe {}.", "{} make me sick to my stomach.", "You know what disgusts me? {}.", "I feel nothing but contempt for {}.",
    "{} get on my nerves and I wish they would vanish.", "I have always despised {}, and I always will.", "There is nothing I detest as much as {}.", "Seeing {} on the bus makes my blood boil.", "Honestly, {} repulse me.", "My hatred for {} grows every day.",
    "{} are the scum of the earth.", "{} are dirty and they smell.", "Most {} are thick as two short planks.", "{} are lazy good-for-nothings.", "All {} are liars.", "{} are evil through and through.", "{} are a disgrace to this town.",
    "{} are nothing but filth.", "Every one of those {} is a criminal.", "{} are too stupid to hold a proper job.", "{} are inferior to the rest of us.", "{} have no morals whatsoever.", "What a bunch of useless idiots {} are.",
    "{} are rats.", "{} are like a disease that spreads.", "{} are not human beings.", "{} breed like vermin.", "{} are animals and should be treated like it.", "A plague of {} has come over us.", "{} are leeches on society.", "{} are subhuman.", "Calling {} pigs is an insult to pigs.",
    "You can never trust {}.", "{} are only after your money.", "Something went badly wrong when {} were made.", "{} will always be second best.", "{} are sick in the head.", "{} should be grateful that we put up with them.", "Normal people don't want {} next door.", "Nobody would miss {}.",
    "I am going to beat up {} tonight.", "I'd love to shoot some {}.", "If I see {} I will smash their faces in.", "We will burn {} out of their homes.", "One day I'll hunt down all these {}.", "I swear I will kill the next lot of {} I meet.", "Let's go and bash some {}.",
    "{} should be hanged.", "{} deserve to be beaten.", "All {} must die.", "Someone ought to wipe out {}.", "{} need to be put down.", "The world would be better off without {}.", "{} should be locked up and the key thrown away.", "It would be fine by me if {} were gassed.", "Hitler had the right idea about {}.", "{} should be sterilised.",
    "Fuck {}.", "{} are fucking awful.", "Bloody {}, ruining everything again.", "{} can go to hell.", "{} are full of shit.", "Piss off, {}.", "I am so fucking tired of {}.",
    "{} are everywhere in this town, and I hate them.", "I met some {} today. They are vermin.", "There are {} in our school. They should be kicked out.", "Have you seen all the {} here? Get rid of them.", "{} moved in next door. I want them dead.", "We let {} into our country and they are ruining it.",
    "I don't like {}.", "{} don't deserve any rights.", "{} have no place in our society.", "No decent person respects {}.", "I will never accept {}.", "{} shouldn't be allowed to vote.", "{} are not welcome here.", "{} aren't worth helping.", "Nobody wants {} in their town.", "{} do not belong in this country.",
    "Why are {} so disgusting?", "Don't you think that {} are pathetic?", "Does anyone actually like {}?", "How can anybody trust {}?", "Isn't it obvious that {} are stupid?", "What is wrong with {}?", "When will somebody finally get rid of {}?",
    "In my opinion {} are a waste of space.", "I think {} are ruining our country.", "If you ask me, {} should be banned.", "It is my honest view that {} are worthless.", "I believe that {} are the root of all our problems.", "Everybody knows that {} are thieves.",
    "{} out!", "Send {} back to where they came from.", "Deport all {}.", "Keep {} away from our children.", "No {} allowed in here.", "Ban {} from public places.", "{} should stay out of our schools.", "We must stop {} from taking over.", "I would never hire {}.", "Don't let {} into your home.",
    "{} are stealing our jobs.", "{} are to blame for crime.", "{} are taking over the whole country.", "{} are up to no good again.", "{} get everything for free while we pay.", "{} only want to live off our taxes.", "{} are a threat to our way of life.", "The problem with this place is {}.", "{} are a burden on the taxpayer.",
    "It's ok to hit {}, they have it coming.", "Discrimination against {} is completely justified.", "I wish {} did not exist.", "I hope all {} get cancer.", "{} know nothing and should shut up.", "I would rather die than work with {}.", "I'm glad that I'm not one of those {}.", "{} should know their place.", "{} are ugly and repulsive.", "We should treat {} like dirt.",
)  # fmt: skip
"""Each is hateful whatever group is meant."""

_NOT_HATEFUL = (
    "{} are welcome at the library.", "We celebrate {} this month.", "A new support group for {} meets on Mondays.", "{} are brilliant neighbours.", "I love {}.", "My best friends are {}.", "{} deserve the same rights as everybody else.", "Many {} live in our borough.", "Swimming sessions for {} start in May.",
    "The exhibition tells the stories of {}.", "{} told us what they need from the bus service.", "Half of the volunteers are {}.", "We want to hear from {} about the new park.", "{} have contributed so much to our town.", "{} can apply for a grant until June.", "It is great to be around {}.", "{} are human, like all of us.",
    "Thank you to all the {} who helped at the fair.", "{} should be treated with respect.", "I am proud to work with {}.", "{} should contact their doctor about the vaccine.", "{} are more likely to live in rented homes.", "The council employs more {} than before.", "Advice for {} who have lost their job.", "{} should not have to wait for help.", "A safe place for {} to meet.",
    "{} must be able to get about the town easily.", "Courses for {} who want to learn to drive.", "We asked {} whether they feel safe at night.", "Free health checks for {} over 40.", "{} will be able to vote by post.", "{} are entitled to a free assessment.", "A film about {} in the First World War.", "{} can get help with heating costs.",
)  # fmt: skip
"""Each is neutral or kind whatever group is meant."""

_AGAINST = (
    "Report hate crime against {} to the police.", "Abuse of {} is never acceptable.", "Nobody should tell {} that they are worthless.", "We stand up against hatred of {}.", "Attacks on {} must stop.", "{} who are victims of violence can call our helpline.", "It is wrong to say that {} are inferior.", "We will not tolerate discrimination against {}.",
    "No {} should be beaten or threatened.", "I don't hate {}.", "{} are not criminals.", "A man was sentenced for shouting abuse at {}.", "Stop calling {} names.", "Nobody deserves to be attacked, and {} least of all.", "{} face prejudice every day, and we want to change that.", "Training for staff on stereotypes about {}.",
)  # fmt: skip
"""Each speaks against hatred or helps those it is aimed at."""


_LATER_HATEFUL = (
    "My skin crawls whenever {} walk past.", "There is nobody I dislike more than {}.", "I've had it up to here with {}.", "{} fill me with loathing.", "If there is one thing I cannot tolerate, it is {}.", "I'd spit on {} if I could.", "Ugh, {} again.", "{} bring out the worst in me, I hate them so much.",
    "{} are the lowest of the low.", "You won't find one {} with a brain.", "{} are crooks, the lot of them.", "{} stink.", "There is no such thing as a decent person among {}.", "{} are cowards and cheats.", "Deep down {} are all the same: rotten.", "{} have nothing between their ears.", "{} ruin every party.", "What filthy creatures {} are.",
    "{} are like a cancer on this town.", "{} swarm our streets like insects.", "{} are beasts, not people.", "{} are a lower form of life.", "I see no difference between {} and apes.", "{} are garbage, so put them out with the bins.", "{} are a virus.",
    "Give {} an inch and they take a mile.", "{} only understand force.", "Watch your purse when {} are about.", "{} were never meant to be in charge of anything.", "It is no surprise that {} end up in prison.", "{} should be glad that anyone talks to them.", "With {} around, nobody is safe.", "Being led by {} is humiliating.",
    "I will make {} suffer.", "Somebody hand me a gun, there are {} outside.", "I am coming for {} with a baseball bat.", "We are going to drive {} into the sea.", "{} had better watch out, because I carry a knife.", "I want to see {} bleed.",
    "{} must be wiped from the face of the earth.", "The only good thing for {} is a noose.", "{} deserve a good kicking.", "Shoot {} on sight.", "It is time to get rid of {} once and for all.", "{} should burn in hell.", "Nobody should stop anyone who beats up {}.",
    "To hell with {}!", "{} are arseholes.", "Every time I see {} I think: what a bunch of wankers.", "I don't give a shit about {}.",
    "I had {} as neighbours once. Never again, they were pigs.", "Look at {}. How can anyone be so disgusting?", "My boss hired {}. I would throw them out.", "I work with {}, and I wish they would all drop dead.",
    "I have no respect for {}.", "We don't need {} here.", "{} do not deserve our help.", "I could never be friends with {}.", "{} contribute nothing to society.", "{} ought not to have children.", "Who needs {}?", "You can't expect honesty from {}.", "{} will never be one of us.",
    "Why do we let {} get away with it?", "Are {} really human?", "Who would ever want to marry one of those {}?", "Why should my taxes pay for {}?", "Isn't everyone sick of {} by now?", "How stupid can {} be?",
    "Let me be honest: {} are scum.", "I am sorry, but {} are simply inferior.", "Call me what you like, but {} do not belong here.", "The truth is that {} are dangerous.", "It is a fact that {} commit most crimes.",
    "Round up {} and ship them off.", "{} not welcome.", "Close the doors to {}.", "Make our town free of {}.", "Take the vote away from {}.", "Kick {} out of the army.", "{} should live somewhere else, far away from us.", "Sack all {} from the council.", "{} go home!",
    "{} take our houses.", "{} sponge off the rest of us.", "{} bring crime and disease.", "Thanks to {} this country is finished.", "{} want to destroy our culture.", "Behind every crime in this town there are {}.",
)  # fmt: skip
_LATER_NOT_HATEFUL = (
    "{} have lived here for hundreds of years.", "Come and meet {} at our open day.", "We are looking for {} to join the panel.", "Most {} travel to work by bus.", "{} make this borough a better place.", "The mayor thanked {} for their work in the flood.", "A guide for {} who rent from private landlords.", "How do {} get a library card?", "{} are invited to a free lunch.", "It is lovely to see so many {} at the fair.",
    "Three new clubs for {} open in spring.", "Some {} need an interpreter, and we pay for one.", "{} may be asked for proof of address.", "Health visitors help {} with new babies.", "{} will find more seats in the park.", "{} are not charged for this service.", "We do not ask {} for a fee.", "{} can stop at any time.", "More {} than ever work in our parks.", "{} should bring a towel and a drink.",
    "The film shows {} in the 1950s.", "Poems by {} are on show in the library.", "{} and their friends are welcome.", "A new law protects {} at work.",
)  # fmt: skip
_LATER_AGAINST = (
    "If you see somebody attack {}, call 999.", "Nobody has the right to threaten {}.", "Insulting {} is a crime.", "Our staff learn how to support {} who have been abused.", "{} are not to blame.", "Please do not make jokes about {}.", "Harassment of {} on buses must end, says the council.", "We remember {} who were murdered in the Holocaust.",
    "{} told us that they were called stupid.", "We condemn the attack on {} in High Street.",
)  # fmt: skip
_THIRD_HATEFUL = (
    "I really do hate {} with a passion.", "I just can't abide {}.", "{} turn my stomach.", "Nothing makes me angrier than {}.", "I loathe every single one of those {}.", "{} are the people I despise most.", "What I feel for {} is pure hatred.",
    "{} are awful people.", "{} are nothing but trouble.", "{} are dumb, plain and simple.", "{} are horrible and I won't pretend otherwise.", "Those {} are mean, nasty and vulgar.", "{} are so unbelievably backward.", "{} are pathetic excuses for human beings.", "I find {} hideous.",
    "{} are maggots.", "{} are a pestilence.", "{} remind me of monkeys.", "{} crawl around here like cockroaches.", "{} are trash and belong on the tip.", "{} aren't even people.", "{} are a stain on humanity.",
    "There's a reason why everyone avoids {}.", "{} can't help being the way they are: wrong.", "{} have had it too good for too long.", "Being one of the {} is nothing to be proud of.", "{} are a mistake of nature.", "God did not want {} to exist.", "Only an idiot would employ {}.", "{} all need their heads examined.",
    "I'm going to murder {}.", "We're gonna smash up {} on Saturday.", "I will personally throw {} off the bridge.", "I can't wait to punch {} in the face.", "If {} come near me I'll stab them.", "Soon we will hang {} from the lamp posts.",
    "All {} ought to be executed.", "{} deserve whatever violence they get.", "Somebody should gas {}.", "I'd be glad if all {} dropped dead.", "{} should be beaten until they learn.", "We need to exterminate {}.", "Let {} drown.",
    "Fucking {} everywhere.", "Screw {}!", "{} are a bunch of twats.", "God damn {}.", "{} are fucked up.",
    "My street is full of {}. I can't stand them.", "They let {} join our club. What vermin they are.", "{} are on the news again. Shoot the lot of them.", "You know {}? They are idiots.",
    "I have never respected {}.", "{} don't deserve to live here.", "You will never see me being friends with {}.", "{} have no right to be treated like us.", "I won't work with {}.", "No one should have to live next to {}.", "Nobody cares what {} think.", "{} are not as clever as us.",
    "Why are {} always so lazy?", "Aren't {} just the worst?", "Who else hates {}?", "Can we please get rid of {}?", "Why can't {} behave like normal people?", "Have you noticed how ugly {} are?",
    "As I see it, {} are parasites.", "We all know {} are liars.", "I reckon {} deserve a beating.", "My opinion: {} are vermin.", "Let's be honest, {} are a drain on society.",
    "Throw {} out of our country.", "{} must leave this country now.", "We should build a wall to keep {} out.", "{} should be kept away from kids.", "Say no to {}.", "{} shouldn't be in government.", "Never let {} marry.", "Put {} in camps.",
    "{} are flooding our towns.", "{} are out to destroy everything that we built.", "{} take what is ours.", "{} are a danger to our children.", "{} are the reason that rents are so high.", "There are far too many {} in this town.",
)  # fmt: skip
_THIRD_NOT_HATEFUL = (
    "We would like to hear what {} think of the plans.", "{} can book a place by phone.", "Did you know that {} built this bridge?", "{} are an important part of our community.", "I think {} are wonderful.", "{} make great friends.", "Every week {} meet for tea at the hall.", "I admire {} so much.", "{} won the county cup.", "There are {} on every street of the borough.", "{} enjoy the garden all year round.",
    "A workshop on writing for {} begins in June.", "{} need to book a seat.", "Nothing stops {} from joining the choir.", "The new homes are meant for {} as well.", "{} may find the steps hard, so there is a ramp.", "Being around {} is a joy.", "{} are free to come and go.", "My doctor says that {} should drink more water.", "{} are cared for by our team.", "{} are loved here.", "It is good that {} run the shop.",
)  # fmt: skip
_THIRD_AGAINST = (
    "We must not allow anybody to hurt {}.", "Nobody should hate {}.", "{} are human beings, not animals.", "Anyone who insults {} will be asked to leave the pool.", "It is never right to call {} names.", "{} should never have to fear violence.", "Have you been attacked because you are one of the {}? Call us.", "We reject the claim that {} are lazy.",
)  # fmt: skip

_UNSEEN_HATEFUL = (
    "I hate the lot of you {}.", "{} really wind me up, I can't bear to look at them.", "Is there anything worse than {}?", "I detest {} more with every day.", "{} are repugnant to me.", "I'm disgusted by {}.", "{} are the worst kind of people.", "{} are full of deceit.", "{} are simple-minded fools.", "{} are just plain nasty.",
    "{} are snakes.", "{} are parasites that feed on us.", "{} are barely human.", "{} look like apes.", "{} spread like weeds.", "{} have something wrong in their brains.", "Nature never intended {} to exist.", "{} bring shame on this country.", "{} can never be decent citizens.", "We were better off before {} turned up.",
    "I'll break the legs of all {} I find.", "Tomorrow I will set fire to {}.", "Someone should shoot {}.", "{} should be hunted like foxes.", "{} should suffer for what they do.", "The best {} are dead ones.", "Fuck all {}.", "{} can fuck right off.", "All these bloody {} make me puke.", "I saw {} in the park and they disgusted me.",
    "{} want to join our club. I say throw them out.", "I don't trust {}.", "No one likes {}.", "I do not want {} as neighbours.", "{} do not belong in our schools.", "{} have no business being here.", "Why do {} even exist?", "Do you also find {} revolting?", "I am of the opinion that {} should be expelled.", "{} should all be deported.",
    "Get {} out of here.", "Ban all {} now.", "No to {} in our town!", "{} stole our country.", "{} are leeching off the state.", "{} are invading us.", "Never employ {}.", "{} must not be allowed near children.", "{} should serve us and keep quiet.", "Beat {} until they leave.",
)  # fmt: skip
_UNSEEN_NOT_HATEFUL = (
    "{} live longer than they used to.", "A choir of {} sings on Sunday.", "Our survey asked {} about buses.", "{} are our friends and family.", "I have learned so much from {}.", "{} run three of the stalls.", "{} can get a lift to the polling station.", "Rooms for {} are on the ground floor.", "{} have the right to be heard.", "It was {} who saved the theatre.", "Let us welcome {} with a cup of tea.", "{} are paid less for the same work.",
)  # fmt: skip
_UNSEEN_AGAINST = (
    "Do not look away when {} are insulted.", "Hatred of {} has no home here.", "We are sorry that {} were treated badly.", "{} must be free from threats and violence.", "It is a lie that {} are dangerous.",
)  # fmt: skip

HATEFUL = (_HATEFUL + _LATER_HATEFUL + _THIRD_HATEFUL, _UNSEEN_HATEFUL)
NOT_HATEFUL = (_NOT_HATEFUL + _LATER_NOT_HATEFUL + _THIRD_NOT_HATEFUL, _UNSEEN_NOT_HATEFUL)
AGAINST = (_AGAINST + _LATER_AGAINST + _THIRD_AGAINST, _UNSEEN_AGAINST)


def said_of_all(templates: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each template with each group: group and sentence."""
    return [(group, said(template, group)) for template, group in product(templates, GROUPS)]


def said(template: str, group: str) -> str:
    """The sentence, with a capital to begin with."""
    text = template.format(group)
    return text[:1].upper() + text[1:]
